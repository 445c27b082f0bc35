"""The errors of the API, with the provider's own bodies."""

from __future__ import annotations

import math
from typing import Any

from fastapi.responses import JSONResponse

_INVALID = "invalid_request_error"
_RETRY = {"x-should-retry": "true"}
_NO_RETRY = {"x-should-retry": "false"}


class ApiError(Exception):
    """An answer `{"error": {"message", "type", "param", "code"}}` with an HTTP status."""

    def __init__(
        self,
        status: int,
        message: str,
        kind: str = _INVALID,
        code: str | None = None,
        *,
        param: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body: dict[str, Any] = {"error": {"message": message, "type": kind, "param": param, "code": code}}

    def answer(self) -> JSONResponse:
        """Return the error as an HTTP answer."""
        return JSONResponse(self.body, self.status, self.headers)


def invalid_field(name: str) -> ApiError:
    """Return the 400 of a field with a value that the schema does not allow."""
    return ApiError(400, f"'$.{name}' is invalid. Please check the API reference.")


def unknown_argument(name: str) -> ApiError:
    """Return the 400 of a key that the schema does not have."""
    return ApiError(400, f"Unrecognized request argument supplied: {name}")


def input_too_long(tokens: int, limit: int) -> ApiError:
    """Return the 400 of an input with too many tokens."""
    return ApiError(
        400,
        f"This model's maximum context length is {limit} tokens, however you requested {tokens} tokens "
        f"({tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length.",
    )


def request_too_long(tokens: int, limit: int) -> ApiError:
    """Return the 400 of a request with too many tokens in all."""
    kind = "max_tokens_per_request"
    return ApiError(400, f"Requested {tokens} tokens, max {limit} tokens per request", kind, kind)


def unknown_model(name: str) -> ApiError:
    """Return the 404 of a model that is not served."""
    message = f"The model `{name}` does not exist or you do not have access to it."
    return ApiError(404, message, code="model_not_found")


def missing_key() -> ApiError:
    """Return the 401 of a request without a bearer key."""
    return ApiError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer "
        "auth (i.e. Authorization: Bearer YOUR_KEY).",
    )


def wrong_key() -> ApiError:
    """Return the 401 of a key that is not accepted; the key is not repeated."""
    return ApiError(401, "Incorrect API key provided: ****.", code="invalid_api_key")


def missing_parameter(name: str) -> ApiError:
    """Return the 400 of a parameter that has to be there."""
    return ApiError(400, f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")


def invalid_value(name: str, told: str) -> ApiError:
    """Return the 400 of a parameter with a value that is not supported; `told` says which are."""
    return ApiError(400, f"Invalid value for '{name}': {told}", param=name, code="invalid_value")


def no_such_file(file_id: str) -> ApiError:
    """Return the 404 of a file that is not stored."""
    return ApiError(404, f"No such File object: {file_id}", param="id")


def no_such_batch(batch_id: str) -> ApiError:
    """Return the 404 of a batch that does not exist."""
    return ApiError(404, f"No batch found with id '{batch_id}'.")


def not_cancellable(status: str) -> ApiError:
    """Return the 409 of a batch that has ended."""
    return ApiError(409, f"Cannot cancel a batch with status '{status}'.", headers=_NO_RETRY)


def forbidden(what: str | float | None = None) -> ApiError:
    """Return the 403 of a place that is not served, or, if `what` is `model`, of a model that is not allowed."""
    if what == "model":
        message = "Project `proj_mock` does not have access to this model"
        return ApiError(403, message, code="model_not_found")
    place = "unsupported_country_region_territory"
    return ApiError(403, "Country, region, or territory not supported", "request_forbidden", place)


def rate_limited(what: str, limit: int, used: int, requested: int, seconds: float) -> ApiError:
    """Return the 429 of a rate limit; `what` is `tokens` or `requests`."""
    unit = "TPM" if what == "tokens" else "RPM"
    return ApiError(
        429,
        f"Rate limit reached for embeddings on {what} per min ({unit}): Limit {limit}, Used {used}, "
        f"Requested {requested}. Please try again in {seconds:.3f}s.",
        what,
        "rate_limit_exceeded",
        headers={
            "retry-after-ms": str(math.ceil(seconds * 1000)),
            "retry-after": str(math.ceil(seconds)),
            **_RETRY,
        },
    )


def no_money(code: str | None = None) -> ApiError:
    """Return the 429 that means money, not rate, with a newer code if one is given."""
    kind = "insufficient_quota"
    message = "You exceeded your current quota, please check your plan and billing details."
    return ApiError(429, message, kind, code or kind, headers=_NO_RETRY)


def slow_down() -> ApiError:
    """Return the 429 of a load that rises too fast."""
    message = "Slow down: the request rate rises too fast."
    return ApiError(429, message, "rate_limit_error", "slow_down", headers=_RETRY)


def server_error() -> ApiError:
    """Return a 500."""
    message = "The server had an error while processing your request. Sorry about that!"
    return ApiError(500, message, "server_error", headers=_RETRY)


def overloaded() -> ApiError:
    """Return a 503."""
    return ApiError(503, "The server is overloaded.", "server_error", "server_is_overloaded", headers=_RETRY)


def model_unavailable(name: str) -> ApiError:
    """Return the 503 of a local model that could not be loaded; the log of the simulator says why."""
    return ApiError(503, f"The local model behind `{name}` could not be loaded.", "server_error")
