"""Moments as a person types them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accessa.cli.moments import read_moment
from accessa.domain.errors import UsageError

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", datetime(2026, 11, 26, 9, 58, 30, tzinfo=UTC)),
        ("10m", datetime(2026, 11, 26, 9, 50, tzinfo=UTC)),
        ("2h", datetime(2026, 11, 26, 8, 0, tzinfo=UTC)),
        ("3d", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("2026-11-26T09:30", datetime(2026, 11, 26, 9, 30, tzinfo=UTC)),
        ("2026-11-26", datetime(2026, 11, 26, tzinfo=UTC)),
        ("2026-11-26T10:30:00+01:00", datetime(2026, 11, 26, 9, 30, tzinfo=UTC)),
        ("2026-11-26T09:30:00.5Z", datetime(2026, 11, 26, 9, 30, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_moment_is_so_long_ago_or_a_date(text: str, moment: datetime) -> None:
    """A time without a zone is that of the log, UTC."""
    assert moment == read_moment(text, NOW)


@pytest.mark.parametrize("text", ["", "soon", "10", "m", "-5m", "2026-13-01", "0001-01-01T00:00+10:00"])
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    """The sentence shows how to write one."""
    with pytest.raises(UsageError, match="2026-11-26T10:00"):
        read_moment(text, NOW)
