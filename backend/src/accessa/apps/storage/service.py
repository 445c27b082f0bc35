"""What every request needs: the store, the tokens, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from accessa.apps.storage.names import check_bucket_name, check_key
from accessa.apps.storage.object_store import ObjectStore
from accessa.apps.storage.refusals import RefusedError, bad_request, bucket_missing, row_refused, too_large
from accessa.apps.storage.tokens import Caller, Tokens
from accessa.apps.storage.uploads_together import UploadsTogether

_BODY_BYTES = 1024 * 1024

Body = TypeVar("Body", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Service:
    """The parts that the routes work with."""

    store: ObjectStore
    together: UploadsTogether
    tokens: Tokens
    max_object_bytes: int
    upload_url_seconds: int


def service_of(request: Request) -> Service:
    """Return the parts behind the application that serves `request`."""
    service: Service = request.app.state.service
    return service


def caller_of(request: Request) -> Caller:
    """Return who calls; refuse a missing or wrong token."""
    return service_of(request).tokens.caller(request.headers.get("authorization"))


def require_service(request: Request, refusal: RefusedError | None = None) -> Caller:
    """Return the caller; anyone but the service role gets `refusal`, by default that of a row-level rule.

    Reads pass "not found" here: what a caller may not see does not exist for it.
    """
    caller = caller_of(request)
    if not caller.is_service:
        raise refusal or row_refused()
    return caller


def place_of(request: Request) -> tuple[str, str]:
    """Return bucket and key that the request's path names; refuse malformed ones."""
    key = check_key(request.path_params["key"])
    return bucket_of(request), key


def bucket_of(request: Request) -> str:
    """Return the bucket that the request's path names; no bucket can have a malformed name."""
    try:
        return check_bucket_name(request.path_params["bucket"])
    except RefusedError:
        raise bucket_missing() from None


async def read_body(request: Request, model: type[Body]) -> Body:
    """Return the request's JSON body as `model`; an empty body counts as an empty object."""
    received = bytearray()
    async for piece in request.stream():
        received += piece
        if len(received) > _BODY_BYTES:
            raise too_large("request body")
    try:
        content = orjson.loads(received or b"{}")
    except orjson.JSONDecodeError:
        raise bad_request("Body is not valid JSON") from None
    return _validated("body", content, model)


def read_query(request: Request, model: type[Body]) -> Body:
    """Return the request's query as `model`; of a name that is given twice the last one counts."""
    return _validated("querystring", dict(request.query_params), model)


def _validated(part: str, content: object, model: type[Body]) -> Body:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
    name = ".".join(str(step) for step in first["loc"])
    if first["type"] == "missing":
        raise bad_request(f"{part} must have required property '{name}'")
    raise bad_request(f"{part}/{name}: {first['msg']}")
