"""Errors as the API tells them: a stable code, a plain sentence, and the id under which the log has more."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from accessa.domain.errors import AccessaError, RecoverableError, UsageError, is_disk_full
from accessa.telemetry.log_context import present_correlation_id
from accessa.telemetry.logs import get_logger

_SERVER_ERROR = 500
log = get_logger(__name__)


def error_response(error: AccessaError, status: int | None = None) -> Response:
    """Return the answer for an error of our tree."""
    body = {"code": error.code, "message": error.message, "correlation_id": str(present_correlation_id() or "")}
    headers = {"Retry-After": "5"} if isinstance(error, RecoverableError) else {}
    return JSONResponse({"error": body}, status_code=status or error.http_status, headers=headers)


def install(app: FastAPI) -> None:
    """Have every error of the API answered in the one form."""
    app.add_exception_handler(AccessaError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(OSError, _system)


async def _ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AccessaError)  # noqa: S101 - the framework dispatches by type
    if error.http_status >= _SERVER_ERROR:
        log.warning("The request could not be served", code=error.code, provider_status=error.provider_status)
    return error_response(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the framework dispatches by type
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return error_response(UsageError("BAD_REQUEST", f"The request is not valid at {place}: {first['msg']}."))


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the framework dispatches by type
    if isinstance(error.__cause__, OSError):
        return await _system(request, error.__cause__)
    code = "NOT_FOUND" if error.status_code == 404 else "BAD_REQUEST"  # noqa: PLR2004
    sentence = f"{error.detail}: see /docs for the addresses and methods of this API."
    response = error_response(UsageError(code, sentence), error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _system(_request: Request, error: Exception) -> Response:
    if is_disk_full(error):
        return error_response(RecoverableError("DISK_FULL"))
    raise error
