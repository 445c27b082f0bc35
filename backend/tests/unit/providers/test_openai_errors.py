"""Refusals of the embedding provider that a smaller request would not have met."""

from __future__ import annotations

import pytest

from accessa.providers.openai_errors import is_too_large

TPM = "Rate limit reached for text-embedding-3-small on tokens per min (TPM): Limit {}, Used 0, Requested {}."


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"code": "max_tokens_per_request", "message": "Requested 416735 tokens, max 300000 tokens per request"}),
        (400, {"message": "This model's maximum context length is 8192 tokens, however you requested 9000 tokens."}),
        (400, {"message": "Too many inputs. The max number of inputs is 16."}),
        (400, {"code": "array_above_max_length", "message": "Expected an array with maximum length 2048."}),
        (413, {}),
        (429, {"code": "rate_limit_exceeded", "message": TPM.format(40000, 70716)}),
    ],
)
def test_a_request_too_large_is_told_by_each_service_in_its_words(status: int, error: dict[str, str]) -> None:
    """Limits of tokens, of inputs, of bytes, and a rate that even an unused minute cannot meet."""
    assert is_too_large(status, error)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"code": None, "message": "'$.input' is invalid. Please check the API reference."}),
        (429, {"code": "rate_limit_exceeded", "message": TPM.format(1000000, 70716)}),
        (429, {"code": "insufficient_quota", "message": "You exceeded your current quota"}),
        (500, {"message": "maximum context length"}),
        (400, {}),
    ],
)
def test_other_refusals_are_not_cut_in_two(status: int, error: dict[str, str]) -> None:
    """A wrong input, a rate that only has to be waited for, money and outages are no question of size."""
    assert not is_too_large(status, error)
