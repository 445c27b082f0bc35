"""Routes that give bytes, or what is known of them: download, public and signed download, info."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from accessa.apps.storage.blob_response import BlobResponse
from accessa.apps.storage.ranges import wanted_bytes
from accessa.apps.storage.records import StoredObject
from accessa.apps.storage.refusals import bucket_missing, object_missing
from accessa.apps.storage.service import place_of, require_service, service_of

_SMALL_BYTES = 256 * 1024


async def _download(request: Request) -> Response:
    require_service(request, object_missing())
    return await _send(request, *place_of(request))


async def _download_public(request: Request) -> Response:
    place = await _public_place(request)
    return await _send(request, *place)


async def _download_signed(request: Request) -> Response:
    bucket_id, key = place_of(request)
    token = request.query_params.get("token")
    service_of(request).tokens.opened(token, scope="download", url=f"{bucket_id}/{key}")
    return await _send(request, bucket_id, key)


async def _info(request: Request) -> Response:
    require_service(request, object_missing())
    stored = service_of(request).store.find(*place_of(request))
    return JSONResponse(stored.as_info())


async def _info_public(request: Request) -> Response:
    place = await _public_place(request)
    stored = service_of(request).store.find(*place)
    return JSONResponse(stored.as_info())


async def _public_place(request: Request) -> tuple[str, str]:
    place = place_of(request)
    bucket = service_of(request).store.buckets.get(place[0])
    if not bucket.options.public:
        raise bucket_missing()
    return place


async def _send(request: Request, bucket_id: str, key: str) -> Response:
    store = service_of(request).store
    if request.method == "HEAD":
        stored = store.find(bucket_id, key)
        return Response(headers={**_headers(request, stored), "content-length": str(stored.size)})
    stored, file = store.open(bucket_id, key)
    try:
        headers = _headers(request, stored)
        if _is_known(request, stored):
            file.close()
            return Response(status_code=304, headers=headers)
        positions = wanted_bytes(_range_header(request, stored), stored.size)
    except BaseException:
        file.close()
        raise
    if positions is None and stored.size <= _SMALL_BYTES:
        content = file.read()
        # A file that has lost bytes is answered in the other way, which breaks off rather than tell less.
        if len(content) == stored.size:
            file.close()
            return Response(content, headers=headers)
    if positions is None:
        return BlobResponse(file, range(stored.size), status_code=200, headers=headers)
    headers["content-range"] = f"bytes {positions.start}-{positions.stop - 1}/{stored.size}"
    return BlobResponse(file, positions, status_code=206, headers=headers)


def _headers(request: Request, stored: StoredObject) -> dict[str, str]:
    headers = {
        "content-type": stored.description.content_type,
        "cache-control": stored.description.cache_control,
        "etag": stored.etag,
        "last-modified": format_datetime(datetime.fromtimestamp(stored.updated_at, UTC), usegmt=True),
        "accept-ranges": "bytes",
        # Bytes of strangers must never be taken for a page of this address.
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
    }
    name = request.query_params.get("download")
    if name is not None:
        named = f"; filename*=UTF-8''{quote(name, safe='')}" if name else ""
        headers["content-disposition"] = f"attachment{named}"
    return headers


def _is_known(request: Request, stored: StoredObject) -> bool:
    """Whether the caller already has these bytes (If-None-Match)."""
    tags = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    return "*" in tags or stored.etag in tags


def _range_header(request: Request, stored: StoredObject) -> str | None:
    """Return the Range header, unless it holds only for other bytes than these (If-Range)."""
    condition = request.headers.get("if-range")
    return request.headers.get("range") if condition in {None, stored.etag} else None


ROUTES = [
    Route("/object/sign/{bucket}/{key:path}", _download_signed, methods=["GET"]),
    Route("/object/public/{bucket}/{key:path}", _download_public, methods=["GET"]),
    Route("/object/info/public/{bucket}/{key:path}", _info_public, methods=["GET"]),
    Route("/object/info/authenticated/{bucket}/{key:path}", _info, methods=["GET"]),
    Route("/object/info/{bucket}/{key:path}", _info, methods=["GET"]),
    Route("/object/authenticated/{bucket}/{key:path}", _download, methods=["GET"]),
    Route("/object/{bucket}/{key:path}", _download, methods=["GET"]),
]
