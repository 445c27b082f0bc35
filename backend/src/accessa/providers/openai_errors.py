"""What a refusal of the OpenAI API means to the caller: size, money and model are told apart from rate and outage."""

from __future__ import annotations

import re
from typing import Any

import httpx

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, RequestTooLargeError
from accessa.providers.http_calls import ErrorCodes, facts_of, read_json

CODES = ErrorCodes(
    unavailable="EMBED_UNAVAILABLE",
    rate_limited="EMBED_RATE_LIMITED",
    rejected_key="EMBED_REJECTED_KEY",
    refused="EMBED_REFUSED",
    bad_response="EMBED_BAD_RESPONSE",
)
# A 429 of these kinds is about money: waiting for a rate window cannot help.
_MONEY = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "billing_hard_limit_reached",
    "billing_not_active",
}
# Services with the same contract have lower limits of their own, as 16 inputs in a request.
_TOO_LARGE_CODES = {"max_tokens_per_request", "array_above_max_length"}
_TOO_LARGE_WORDS = re.compile(r"maximum context length|too many inputs|maximum number of inputs", re.IGNORECASE)
# A rate limit that even an unused minute cannot meet: `Limit 40000, Used 0, Requested 70716`.
_LIMIT_AND_WISH = re.compile(r"Limit (\d+)\b.*?Requested (\d+)")


def refusal(response: httpx.Response) -> AccessaError | None:
    """Return our error for a refusal with a meaning of its own, or None where the status says it all."""
    if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        # Such an answer quotes its input, which here is the text of a document: the words are left out.
        return PermanentError("EMBED_REFUSED", provider_status=response.status_code)
    error = error_fields(read_json(response.content))
    named = {str(error.get("type")), str(error.get("code"))}
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS and named & _MONEY:
        return RecoverableError("EMBED_NO_CREDIT", **facts_of(response))
    if response.status_code == httpx.codes.NOT_FOUND and "model_not_found" in named:
        return RecoverableError("EMBED_MODEL_UNKNOWN", **facts_of(response))
    if is_too_large(response.status_code, error):
        return RequestTooLargeError("EMBED_TOO_LARGE", **facts_of(response))
    return None


def is_too_large(status: int, error: dict[str, Any]) -> bool:
    """Tell whether a smaller request, or a shorter text, would have been taken."""
    message = str(error.get("message"))
    if status == httpx.codes.TOO_MANY_REQUESTS:
        found = _LIMIT_AND_WISH.search(message)
        return found is not None and int(found[2]) > int(found[1])
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return True
    named = {str(error.get("type")), str(error.get("code"))}
    too_large = bool(named & _TOO_LARGE_CODES) or _TOO_LARGE_WORDS.search(message) is not None
    return status == httpx.codes.BAD_REQUEST and too_large


def error_fields(body: Any) -> dict[str, Any]:
    """Return the `error` object of a body, empty when it has none."""
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}
