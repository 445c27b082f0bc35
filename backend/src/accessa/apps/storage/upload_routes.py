"""Routes that take bytes: upload, update, and upload by a signed URL."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from accessa.apps.storage.names import check_content_type
from accessa.apps.storage.object_table import Upload
from accessa.apps.storage.receiving import is_small, receive, receive_small
from accessa.apps.storage.records import StoredObject
from accessa.apps.storage.service import place_of, require_service, service_of


async def _upload(request: Request) -> Response:
    owner = require_service(request).subject
    stored = await _accept(request, owner=owner, replace=wants_upsert(request))
    return JSONResponse({"Key": f"{stored.bucket_id}/{stored.key}", "Id": stored.object_id})


async def _update(request: Request) -> Response:
    owner = require_service(request).subject
    stored = await _accept(request, owner=owner, replace=True)
    return JSONResponse({"Key": f"{stored.bucket_id}/{stored.key}", "Id": stored.object_id})


async def _upload_signed(request: Request) -> Response:
    bucket_id, key = place_of(request)
    token = request.query_params.get("token")
    claims = service_of(request).tokens.opened(token, scope="upload", url=f"{bucket_id}/{key}")
    await _accept(request, owner=claims.get("owner"), replace=bool(claims.get("upsert")))
    return JSONResponse({"Key": f"{bucket_id}/{key}"})


def wants_upsert(request: Request) -> bool:
    """Whether the request asks to replace an object that exists."""
    return request.headers.get("x-upsert", "").lower() == "true"


async def _accept(request: Request, *, owner: str | None, replace: bool) -> StoredObject:
    place = place_of(request)
    service = service_of(request)
    store = service.store
    bucket = store.buckets.get(place[0])
    if not replace:
        store.refuse_taken(*place)
    allowed = bucket.options.allowed_mime_types

    def check_type(kind: str) -> str:
        return check_content_type(kind, allowed)

    if is_small(request):
        limit = min(bucket.options.file_size_limit or service.max_object_bytes, service.max_object_bytes)
        small, description = await receive_small(request, limit, check_type)
        return await service.together.put(Upload(place, small, description, owner, replace))
    staged = await run_in_threadpool(store.stage, bucket, service.max_object_bytes)
    try:
        description = await receive(request, staged, check_type)
        return await run_in_threadpool(store.put, Upload(place, staged, description, owner, replace))
    finally:
        staged.discard()


ROUTES = [
    Route("/object/upload/sign/{bucket}/{key:path}", _upload_signed, methods=["PUT"]),
    Route("/object/{bucket}/{key:path}", _upload, methods=["POST"]),
    Route("/object/{bucket}/{key:path}", _update, methods=["PUT"]),
]
