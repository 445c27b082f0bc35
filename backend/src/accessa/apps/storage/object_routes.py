"""Routes that work on objects by name: list, remove, move, copy."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

import orjson
from pydantic import BaseModel, Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from accessa.apps.storage.listing import Entry, LevelQuery, PageQuery
from accessa.apps.storage.names import check_key
from accessa.apps.storage.refusals import bad_request, object_missing
from accessa.apps.storage.service import bucket_of, caller_of, place_of, read_body, require_service, service_of
from accessa.apps.storage.upload_routes import wants_upsert

_CURSOR: TypeAdapter[tuple[str | float, str]] = TypeAdapter(tuple[str | float, str])


class _Order(BaseModel):
    column: Literal["name", "created_at", "updated_at", "last_accessed_at"] = "name"
    order: Literal["asc", "desc"] = "asc"


class _PageOrder(BaseModel):
    column: Literal["name", "created_at", "updated_at"] = "name"
    order: Literal["asc", "desc"] = "asc"


class _LevelBody(BaseModel):
    prefix: str
    limit: int = Field(100, ge=1, le=100_000)
    offset: int = Field(0, ge=0, le=2**53)
    search: str = ""
    sort: _Order = Field(_Order(), alias="sortBy")


class _PageBody(BaseModel):
    prefix: str = ""
    limit: int = Field(1000, ge=1, le=1000)
    cursor: str | None = None
    with_delimiter: bool = False
    sort: _PageOrder = Field(_PageOrder(), alias="sortBy")

    def query(self) -> PageQuery:
        """Return what is asked for, with one entry more, which tells whether there is another page."""
        return PageQuery(
            prefix=self.prefix,
            limit=self.limit + 1,
            after=_read_cursor(self.cursor) if self.cursor else None,
            delimited=self.with_delimiter,
            column=self.sort.column,
            descending=self.sort.order == "desc",
        )


class _Prefixes(BaseModel):
    prefixes: list[str] = Field(min_length=1)


class _Transfer(BaseModel):
    bucket: str = Field(alias="bucketId")
    source_key: str = Field(alias="sourceKey")
    target_key: str = Field(alias="destinationKey")
    target_bucket: str | None = Field(None, alias="destinationBucket")

    def places(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """Return source and target as (bucket, key)."""
        source = (self.bucket, check_key(self.source_key))
        return source, (self.target_bucket or self.bucket, check_key(self.target_key))


async def _list_level(request: Request) -> Response:
    caller = caller_of(request)
    body = await read_body(request, _LevelBody)
    if not caller.is_service:
        return JSONResponse([])
    query = LevelQuery(
        prefix=body.prefix,
        search=body.search,
        limit=body.limit,
        offset=body.offset,
        column="updated_at" if body.sort.column == "last_accessed_at" else body.sort.column,
        descending=body.sort.order == "desc",
    )
    entries = await run_in_threadpool(service_of(request).store.listing.level, bucket_of(request), query)
    return JSONResponse([_level_entry(entry) for entry in entries])


def _level_entry(entry: Entry) -> dict[str, Any]:
    if entry.stored is None:
        nothing = ("id", "updated_at", "created_at", "last_accessed_at", "metadata")
        return {"name": entry.name, **dict.fromkeys(nothing)}
    return {**entry.stored.as_json(), "name": entry.name}


async def _list_page(request: Request) -> Response:
    caller = caller_of(request)
    body = await read_body(request, _PageBody)
    entries: list[Entry] = []
    if caller.is_service:
        entries = await run_in_threadpool(service_of(request).store.listing.page, bucket_of(request), body.query())
    shown = entries[: body.limit]
    more = len(entries) > body.limit
    answer: dict[str, Any] = {
        "hasNext": more,
        "folders": [{"key": entry.name, "name": entry.name} for entry in shown if entry.stored is None],
        "objects": [{**entry.stored.as_json(), "key": entry.name} for entry in shown if entry.stored is not None],
    }
    if more:
        answer["nextCursor"] = base64.urlsafe_b64encode(orjson.dumps((shown[-1].rank, shown[-1].name))).decode()
    return JSONResponse(answer)


def _read_cursor(cursor: str) -> tuple[str | float, str]:
    try:
        return _CURSOR.validate_json(base64.b64decode(cursor, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise bad_request("The cursor is none that this service gave") from None


async def _remove_many(request: Request) -> Response:
    caller = caller_of(request)
    body = await read_body(request, _Prefixes)
    if not caller.is_service:
        return JSONResponse([])
    removed = await run_in_threadpool(service_of(request).store.remove, bucket_of(request), body.prefixes)
    return JSONResponse([stored.as_json() for stored in removed])


async def _remove_one(request: Request) -> Response:
    require_service(request, object_missing())
    bucket_id, key = place_of(request)
    if not await run_in_threadpool(service_of(request).store.remove, bucket_id, [key]):
        raise object_missing()
    return JSONResponse({"message": "Successfully deleted"})


async def _move(request: Request) -> Response:
    require_service(request, object_missing())
    source, target = (await read_body(request, _Transfer)).places()
    await run_in_threadpool(service_of(request).store.move, source, target)
    return JSONResponse({"message": "Successfully moved"})


async def _copy(request: Request) -> Response:
    owner = require_service(request, object_missing()).subject
    source, target = (await read_body(request, _Transfer)).places()
    store = service_of(request).store
    stored = await run_in_threadpool(store.copy, source, target, owner=owner, replace=wants_upsert(request))
    key = f"{stored.bucket_id}/{stored.key}"
    return JSONResponse({**stored.as_json(), "Key": key, "Id": stored.object_id})


ROUTES = [
    Route("/object/list/{bucket}", _list_level, methods=["POST"]),
    Route("/object/list-v2/{bucket}", _list_page, methods=["POST"]),
    Route("/object/move", _move, methods=["POST"]),
    Route("/object/copy", _copy, methods=["POST"]),
    Route("/object/{bucket}", _remove_many, methods=["DELETE"]),
    Route("/object/{bucket}/{key:path}", _remove_one, methods=["DELETE"]),
]
