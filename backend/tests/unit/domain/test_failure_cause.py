"""What failures have in common."""

from __future__ import annotations

import pytest

from accessa.domain.errors import PermanentError, TransientError
from accessa.domain.failure_cause import cause_of

ALIKE = [
    (
        '{"error": {"message": "No such file: file-a81bc2.", "type": "invalid_request"}, "request_id": "req_1"}',
        '{"error": {"message": "No such file: file-77f0.", "type": "invalid_request"}, "request_id": "req_2"}',
        "404 No such file: #.",
    ),
    (
        "Job 7b4b990f-f506-5179-adfe-3ae54cfa1b32 ran out of 30 s",
        "Job cafe5179-0000-4000-8000-3ae54cfa1b32 ran out of  60.5 s",
        "404 Job # ran out of # s",
    ),
    ("", "", "404"),
]


@pytest.mark.parametrize(("one", "other", "cause"), ALIKE, ids=["JSON", "plain", "no words"])
def test_ids_and_numbers_do_not_tell_two_failures_apart(one: str, other: str, cause: str) -> None:
    """The provider's sentence is taken out of its JSON, and what differs from document to document is left out."""
    causes = [
        cause_of(PermanentError("PARSE_FAILED", provider_status=404, provider_body=body)) for body in (one, other)
    ]

    assert [cause, cause] == causes


def test_our_own_words_count_where_they_say_more_than_the_code() -> None:
    """The plain sentence of a code is no cause beside the code; a more exact one is, without its numbers."""
    assert "" == cause_of(PermanentError("TOO_MANY_PAGES"))
    assert "The document has # pages." == cause_of(PermanentError("TOO_MANY_PAGES", "The document has 9 pages."))
    assert "died (KeyError)" == cause_of(TransientError("CODE_OF_A_LATER_VERSION", "died (KeyError)"))


def test_a_cause_is_short_however_long_the_words() -> None:
    """A page of words, without a digit or of nothing else, is cut to eighty characters at once."""
    for words in ("word. " * 1000, "1.2-" * 1000, "a.b-" * 1000):
        assert 80 >= len(cause_of(PermanentError("PARSE_FAILED", provider_body=words)))
