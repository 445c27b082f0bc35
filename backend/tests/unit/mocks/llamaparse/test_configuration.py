"""Parse options are checked strictly, and hashed by what changes the result."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mock_providers.llamaparse.configuration import ParseConfiguration

BASE: dict[str, Any] = {"tier": "agentic", "version": "latest"}


def hashed(**options: Any) -> str:
    """Return the options hash of a request."""
    return ParseConfiguration.model_validate(BASE | options).options_hash()


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"result_type": "markdown"}, "extra_forbidden"),
        ({"page_ranges": {"max": 1}}, "extra_forbidden"),
        ({"page_ranges": {"target_pages": "0"}}, "value_error"),
        ({"tier": "premium"}, "literal_error"),
        ({"version": "newest"}, "value_error"),
        ({"webhook_configurations": [{"webhook_url": "ftp://x"}]}, "string_pattern_mismatch"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], kind: str) -> None:
    """Unknown keys at any depth and values out of range are errors of the provider's type."""
    with pytest.raises(ValidationError) as refused:
        ParseConfiguration.model_validate(BASE | options)

    assert [kind] == [problem["type"] for problem in refused.value.errors()]


def test_what_does_not_change_the_result_does_not_change_the_hash() -> None:
    """Webhooks, tags, the file and the spelling of the newest version leave the hash as it is."""
    hook = {"webhook_url": "https://example.org/hook"}

    same = hashed(
        webhook_configurations=[hook],
        user_metadata={"a": "b"},
        file_id="dfl-1",
        disable_cache=True,
        version="2026-10-16",
    )

    assert hashed() == same


def test_what_changes_the_result_changes_the_hash() -> None:
    """Another tier, other pages or other reading options are another result."""
    different = [hashed(tier="fast"), hashed(page_ranges={"max_pages": 1}), hashed(crop_box={"top": 0.1})]

    assert 4 == len({hashed(), *different})
