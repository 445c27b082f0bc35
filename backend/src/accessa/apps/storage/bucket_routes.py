"""Routes of buckets: create, list, show, change, empty, delete."""

from __future__ import annotations

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from accessa.apps.storage.names import check_bucket_name, size_in_bytes
from accessa.apps.storage.records import BucketOptions
from accessa.apps.storage.refusals import bucket_missing
from accessa.apps.storage.service import bucket_of, caller_of, read_body, require_service, service_of


class _Options(BaseModel):
    public: bool | None = None
    file_size_limit: int | str | None = Field(None, union_mode="left_to_right")
    allowed_mime_types: list[str] | None = None

    def over(self, earlier: BucketOptions) -> BucketOptions:
        """Return `earlier` with what this body names put in its place."""
        named = self.model_fields_set
        allowed = self.allowed_mime_types
        return BucketOptions(
            public=earlier.public if self.public is None else self.public,
            file_size_limit=(
                size_in_bytes(self.file_size_limit) if "file_size_limit" in named else earlier.file_size_limit
            ),
            allowed_mime_types=(
                (None if allowed is None else tuple(allowed))
                if "allowed_mime_types" in named
                else earlier.allowed_mime_types
            ),
        )


class _NewBucket(_Options):
    name: str
    id: str | None = None


async def _create(request: Request) -> Response:
    caller = require_service(request)
    body = await read_body(request, _NewBucket)
    bucket_id = check_bucket_name(body.id or body.name)
    options = body.over(BucketOptions())
    await run_in_threadpool(service_of(request).store.buckets.create, bucket_id, caller.subject or "", options)
    return JSONResponse({"name": bucket_id})


async def _list(request: Request) -> Response:
    if not caller_of(request).is_service:
        return JSONResponse([])
    buckets = await run_in_threadpool(service_of(request).store.buckets.all)
    return JSONResponse([bucket.as_json() for bucket in buckets])


async def _show(request: Request) -> Response:
    require_service(request, bucket_missing())
    bucket = await run_in_threadpool(service_of(request).store.buckets.get, bucket_of(request))
    return JSONResponse(bucket.as_json())


async def _update(request: Request) -> Response:
    require_service(request, bucket_missing())
    body = await read_body(request, _Options)
    buckets = service_of(request).store.buckets
    bucket = await run_in_threadpool(buckets.get, bucket_of(request))
    await run_in_threadpool(buckets.update, bucket.bucket_id, body.over(bucket.options))
    return JSONResponse({"message": "Successfully updated"})


async def _empty(request: Request) -> Response:
    require_service(request, bucket_missing())
    await run_in_threadpool(service_of(request).store.clear, bucket_of(request))
    return JSONResponse({"message": "Successfully emptied"})


async def _delete(request: Request) -> Response:
    require_service(request, bucket_missing())
    await run_in_threadpool(service_of(request).store.buckets.delete, bucket_of(request))
    return JSONResponse({"message": "Successfully deleted"})


ROUTES = [
    Route("/bucket", _create, methods=["POST"]),
    Route("/bucket", _list, methods=["GET"]),
    Route("/bucket/{bucket}", _show, methods=["GET"]),
    Route("/bucket/{bucket}", _update, methods=["PUT"]),
    Route("/bucket/{bucket}/empty", _empty, methods=["POST"]),
    Route("/bucket/{bucket}", _delete, methods=["DELETE"]),
]
