"""Turns what the API answers into an answer or one of our errors."""

from __future__ import annotations

from typing import Any

import httpx

from accessa.domain.errors import AccessaError, PermanentError, TransientError, UsageError

_SERVER_SIDE = 500
_LONGEST_ASKED = 10.0


def answer_of(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of a good answer.

    Raises `UsageError` for a 4xx (the request cannot be served as asked), `TransientError` for a 5xx, both with the
    API's own code and sentence; API_UNREACHABLE when what answers is not the API.
    """
    body = json_object(response)
    if response.is_success and body is not None:
        return body
    error = (body or {}).get("error")
    if not isinstance(error, dict) or not {"code", "message"} <= error.keys():
        raise UsageError("API_UNREACHABLE", f"What answers at {_place(response)} is not the Accessa API.")
    if response.status_code < _SERVER_SIDE:
        raise UsageError(error["code"], error["message"])
    raise TransientError(error["code"], f"{error['message']} Correlation id: {error.get('correlation_id')}")


def wants_patience(response: httpx.Response) -> bool:
    """Tell whether the API, or a gateway before it, asks to come back: something is away, or too busy."""
    return response.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS}


def pause_asked(response: httpx.Response) -> float:
    """Return the seconds that the answer asks to wait, no more than a few of them, or 0."""
    told = response.headers.get("retry-after", "")
    return min(float(told), _LONGEST_ASKED) if told.isascii() and told.isdigit() else 0.0


def api_unreachable(base_url: str) -> AccessaError:
    """Say that nothing answers at `base_url`."""
    return UsageError("API_UNREACHABLE", f"The API at {base_url} does not answer; check: accessa status")


def file_changed() -> AccessaError:
    """Say that a file grew or shrank while it was uploaded."""
    return PermanentError("FILE_UNREADABLE", "The file changed while it was read; ingest it again when it is at rest.")


def json_object(response: httpx.Response) -> dict[str, Any] | None:
    """Return the body if it is a JSON object, else None."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _place(response: httpx.Response) -> str:
    return f"{response.request.url.scheme}://{response.request.url.netloc.decode()}"
