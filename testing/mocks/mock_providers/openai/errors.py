"""The errors of the API, with the provider's own bodies."""

from __future__ import annotations

from typing import Any

from fastapi.responses import JSONResponse

_INVALID = "invalid_request_error"


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
        self.headers = headers or {}
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


def rate_limited(what: str, limit: int, used: int, requested: int, seconds: float) -> ApiError:
    """Return the 429 of a rate limit; `what` is `tokens` or `requests`."""
    unit = "TPM" if what == "tokens" else "RPM"
    return ApiError(
        429,
        f"Rate limit reached for embeddings on {what} per min ({unit}): Limit {limit}, Used {used}, "
        f"Requested {requested}. Please try again in {seconds:.3f}s.",
        what,
        "rate_limit_exceeded",
        headers={"retry-after-ms": str(int(seconds * 1000) + 1), "retry-after": str(int(seconds) + 1)},
    )


def no_money() -> ApiError:
    """Return the 429 that means money, not rate."""
    kind = "insufficient_quota"
    message = "You exceeded your current quota, please check your plan and billing details."
    return ApiError(429, message, kind, kind, headers={"x-should-retry": "false"})


def slow_down() -> ApiError:
    """Return the 429 of a load that rises too fast."""
    return ApiError(429, "Slow down: the request rate rises too fast.", "rate_limit_error", "slow_down")


def server_error() -> ApiError:
    """Return a 500."""
    return ApiError(500, "The server had an error while processing your request. Sorry about that!", "server_error")


def overloaded() -> ApiError:
    """Return a 503."""
    return ApiError(503, "The server is overloaded.", "server_error", "server_is_overloaded")


def model_unavailable(name: str) -> ApiError:
    """Return the 503 of a local model that could not be loaded; the log of the simulator says why."""
    return ApiError(503, f"The local model behind `{name}` could not be loaded.", "server_error")
