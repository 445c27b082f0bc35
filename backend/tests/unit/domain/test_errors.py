"""Errors: a stable code, a sentence a person can act on, and what is stored of them."""

from __future__ import annotations

import pytest

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import (
    AccessaError,
    LeaseLostError,
    PermanentError,
    RecoverableError,
    TransientError,
    UsageError,
)

KINDS: list[type[AccessaError]] = [TransientError, RecoverableError, PermanentError, UsageError]


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_an_error_tells_the_sentence_of_its_code(code: str) -> None:
    """Whoever raises a code need not know its words, nor its HTTP status."""
    error = AccessaError(code)

    assert f"{code}: {CATALOGUE[code].sentence}" == str(error)
    assert CATALOGUE[code].http_status == error.http_status


def test_a_more_exact_sentence_replaces_the_catalogue_one() -> None:
    """A message that knows numbers is told instead of the general one, under the same code."""
    error = PermanentError("TOO_MANY_PAGES", "The document has 7 pages.", pages=7)

    assert ("TOO_MANY_PAGES", "The document has 7 pages.", 422) == (error.code, error.message, error.http_status)
    assert {"code": "TOO_MANY_PAGES", "message": "The document has 7 pages.", "pages": 7} == error.as_row()


def test_a_code_outside_the_catalogue_cannot_be_raised() -> None:
    """A code without a sentence is a fault of the program and shows at once."""
    with pytest.raises(KeyError, match="NO_SUCH_CODE"):
        AccessaError("NO_SUCH_CODE")


@pytest.mark.parametrize("kind", KINDS)
def test_what_to_do_next_is_told_by_the_class(kind: type[AccessaError]) -> None:
    """Each branch of the tree can be caught alone, and all of them together."""
    others = [other for other in [*KINDS, LeaseLostError] if other is not kind]

    assert issubclass(kind, AccessaError)
    assert not any(issubclass(kind, other) for other in others)


def test_a_lost_lease_has_one_code() -> None:
    """The error of a lost lease takes no argument, so it is the same wherever it is raised."""
    assert ("LEASE_LOST", CATALOGUE["LEASE_LOST"].sentence) == (LeaseLostError().code, LeaseLostError().message)


def test_a_bare_error_is_stored_as_code_and_message() -> None:
    """Nothing that is not known is stored."""
    assert {"code": "INTERNAL", "message": CATALOGUE["INTERNAL"].sentence} == TransientError("INTERNAL").as_row()


def test_the_providers_own_words_are_stored_and_cut() -> None:
    """Status and the first 500 characters of the provider's answer stay with the job."""
    error = PermanentError("PARSE_FAILED", provider_status=422, provider_body="w" * 501)

    assert (422, "w" * 500) == (error.as_row()["provider_status"], error.as_row()["provider_body"])


def test_the_pause_a_provider_asks_for_travels_with_the_error() -> None:
    """The pause is kept for whoever waits, and is no part of what is stored."""
    error = RecoverableError("EMBED_RATE_LIMITED", provider_status=429, retry_after_seconds=2.5)

    assert 2.5 == error.retry_after_seconds
    assert {"code", "message", "provider_status"} == error.as_row().keys()
