"""Routes that make signed URLs, for downloads and for uploads."""

from __future__ import annotations

from urllib.parse import quote

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from accessa.apps.storage.refusals import RefusedError, object_missing
from accessa.apps.storage.service import (
    Service,
    bucket_of,
    caller_of,
    place_of,
    read_body,
    require_service,
    service_of,
)
from accessa.apps.storage.upload_routes import wants_upsert

_LONGEST_SECONDS = 10**10


class _Expiry(BaseModel):
    seconds: int = Field(alias="expiresIn", ge=1, le=_LONGEST_SECONDS)


class _ManyPaths(_Expiry):
    paths: list[str] = Field(min_length=1)


async def _sign_one(request: Request) -> Response:
    require_service(request, object_missing())
    bucket_id, key = place_of(request)
    body = await read_body(request, _Expiry)
    url = await run_in_threadpool(_download_url, service_of(request), bucket_id, key, body.seconds)
    return JSONResponse({"signedURL": url})


async def _sign_many(request: Request) -> Response:
    caller = caller_of(request)
    bucket_id = bucket_of(request)
    body = await read_body(request, _ManyPaths)
    if not caller.is_service:
        return JSONResponse([_hidden(path) for path in body.paths])
    return JSONResponse(await run_in_threadpool(_download_urls, service_of(request), bucket_id, body))


async def _sign_upload(request: Request) -> Response:
    owner = require_service(request).subject
    bucket_id, key = place_of(request)
    service = service_of(request)
    await run_in_threadpool(service.store.buckets.get, bucket_id)
    upsert = wants_upsert(request)
    if not upsert:
        await run_in_threadpool(service.store.refuse_taken, bucket_id, key)
    claims: dict[str, object] = {"url": f"{bucket_id}/{key}", "upsert": upsert, "scope": "upload"}
    if owner is not None:
        claims["owner"] = owner
    token = service.tokens.sign(claims, service.upload_url_seconds)
    return JSONResponse({"url": _signed_path("object/upload/sign", bucket_id, key, token), "token": token})


def _download_url(service: Service, bucket_id: str, key: str, seconds: int) -> str:
    service.store.find(bucket_id, key)
    token = service.tokens.sign({"url": f"{bucket_id}/{key}", "scope": "download"}, seconds)
    return _signed_path("object/sign", bucket_id, key, token)


def _download_urls(service: Service, bucket_id: str, body: _ManyPaths) -> list[dict[str, str | None]]:
    answers: list[dict[str, str | None]] = []
    for path in body.paths:
        try:
            url = _download_url(service, bucket_id, path, body.seconds)
            answers.append({"error": None, "path": path, "signedURL": url})
        except RefusedError:
            answers.append(_hidden(path))
    return answers


def _hidden(path: str) -> dict[str, str | None]:
    sentence = "Either the object does not exist or you do not have access to it"
    return {"error": sentence, "path": path, "signedURL": None}


def _signed_path(route: str, bucket_id: str, key: str, token: str) -> str:
    return f"/{route}/{quote(bucket_id)}/{quote(key)}?token={token}"


ROUTES = [
    Route("/object/sign/{bucket}", _sign_many, methods=["POST"]),
    Route("/object/sign/{bucket}/{key:path}", _sign_one, methods=["POST"]),
    Route("/object/upload/sign/{bucket}/{key:path}", _sign_upload, methods=["POST"]),
]
