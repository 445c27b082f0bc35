"""Routes of buckets: create, list, show, change, empty, delete."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from accessa.apps.storage.names import check_bucket_name, check_type_patterns, size_in_bytes
from accessa.apps.storage.records import Bucket, BucketOptions
from accessa.apps.storage.refusals import bucket_missing, too_large
from accessa.apps.storage.service import (
    bucket_of,
    caller_of,
    read_body,
    read_query,
    require_service,
    service_of,
)


class _Options(BaseModel):
    public: bool | None = None
    file_size_limit: int | str | None = Field(None, union_mode="left_to_right")
    allowed_mime_types: list[str] | None = None

    def over(self, earlier: BucketOptions, most_bytes: int) -> BucketOptions:
        """Return `earlier` with what this body names in its place; no bucket may take more than the service does."""
        options = BucketOptions(
            public=earlier.public if self.public is None else self.public,
            file_size_limit=self._limit() if self._names("file_size_limit") else earlier.file_size_limit,
            allowed_mime_types=self._allowed() if self._names("allowed_mime_types") else earlier.allowed_mime_types,
        )
        if (options.file_size_limit or 0) > most_bytes:
            raise too_large()
        return options

    def _names(self, field: str) -> bool:
        return field in self.model_fields_set

    def _limit(self) -> int | None:
        return size_in_bytes(self.file_size_limit)

    def _allowed(self) -> tuple[str, ...] | None:
        return None if self.allowed_mime_types is None else check_type_patterns(self.allowed_mime_types)


class _NewBucket(_Options):
    name: str
    id: str | None = None


class _ListQuery(BaseModel):
    limit: int = Field(1_000_000, ge=1)
    offset: int = Field(0, ge=0, le=2**53)
    column: Literal["id", "name", "created_at", "updated_at"] = Field("name", alias="sortColumn")
    order: Literal["asc", "desc"] = Field("asc", alias="sortOrder")
    search: str = ""

    def cut(self, buckets: list[Bucket]) -> list[Bucket]:
        """Return the part of all buckets that is asked for, in its order."""
        found = [bucket for bucket in buckets if self.search.lower() in bucket.bucket_id.lower()]
        field = "bucket_id" if self.column in {"id", "name"} else self.column
        found.sort(key=lambda bucket: (getattr(bucket, field), bucket.bucket_id), reverse=self.order == "desc")
        return found[self.offset : self.offset + self.limit]


async def _create(request: Request) -> Response:
    caller = require_service(request)
    body = await read_body(request, _NewBucket)
    bucket_id = check_bucket_name(body.id or body.name)
    service = service_of(request)
    options = body.over(BucketOptions(), service.max_object_bytes)
    await run_in_threadpool(service.store.buckets.create, bucket_id, caller.subject or "", options)
    return JSONResponse({"name": bucket_id})


async def _list(request: Request) -> Response:
    caller = caller_of(request)
    query = read_query(request, _ListQuery)
    buckets = await run_in_threadpool(service_of(request).store.buckets.all) if caller.is_service else []
    return JSONResponse([bucket.as_json() for bucket in query.cut(buckets)])


async def _show(request: Request) -> Response:
    require_service(request, bucket_missing())
    bucket = await run_in_threadpool(service_of(request).store.buckets.get, bucket_of(request))
    return JSONResponse(bucket.as_json())


async def _update(request: Request) -> Response:
    require_service(request, bucket_missing())
    body = await read_body(request, _Options)
    service = service_of(request)
    buckets = service.store.buckets
    bucket = await run_in_threadpool(buckets.get, bucket_of(request))
    await run_in_threadpool(buckets.update, bucket.bucket_id, body.over(bucket.options, service.max_object_bytes))
    return JSONResponse({"message": "Successfully updated"})


async def _empty(request: Request) -> Response:
    require_service(request, bucket_missing())
    await run_in_threadpool(service_of(request).store.clear, bucket_of(request))
    # The real service says so too, and here the objects are gone already.
    return JSONResponse({"message": "Empty bucket has been queued. Completion may take up to an hour."})


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
