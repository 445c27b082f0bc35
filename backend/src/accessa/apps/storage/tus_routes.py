"""Routes of resumable uploads by the TUS protocol; their refusals carry true HTTP statuses and plain text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from accessa.apps.storage import tus_headers
from accessa.apps.storage.names import check_content_type
from accessa.apps.storage.receiving import BlockWriter
from accessa.apps.storage.records import Bucket
from accessa.apps.storage.refusals import RefusedError, invalid_signature, tus_refusal
from accessa.apps.storage.resumable_table import ResumableUpload
from accessa.apps.storage.service import caller_of, require_service, service_of
from accessa.apps.storage.upload_routes import wants_upsert

_SIGNED = "/upload/resumable/sign"
_NO_CONTENT = 204

Handler = Callable[[Request], Awaitable[Response]]


def _tus(handler: Handler) -> Handler:
    async def answer(request: Request) -> Response:
        try:
            tus_headers.check_version(request)
            response = await handler(request)
        except RefusedError as error:
            response = PlainTextResponse(error.message, status_code=error.status, headers=error.headers)
        response.headers["Tus-Resumable"] = tus_headers.VERSION
        return response

    return answer


async def _about(request: Request) -> Response:
    most = {"Tus-Max-Size": str(service_of(request).max_object_bytes)}
    headers = {"Tus-Resumable": tus_headers.VERSION, **tus_headers.ABOUT, **most}
    return Response(status_code=_NO_CONTENT, headers=headers)


async def _create(request: Request) -> Response:
    told = request.headers.get("upload-metadata", "")
    metadata = tus_headers.ToldMetadata(told)
    place = metadata.bucket, metadata.key
    owner, replace = _rights(request, place)
    store = service_of(request).store
    bucket = await run_in_threadpool(store.buckets.get, place[0])
    length = tus_headers.told_length(request, _most_bytes(request, bucket))
    description = metadata.description()
    check_content_type(description.content_type, bucket.options.allowed_mime_types)
    if not replace:
        await run_in_threadpool(store.refuse_taken, *place)
    upload = await run_in_threadpool(
        store.resumable.begin, place, length, description, told=told, owner=owner, replace=replace
    )
    received = 0
    if tus_headers.carries_piece(request) or not length:
        try:
            received = await _receive(request, upload, 0)
        except RefusedError:
            # Nobody has been told its address.
            await run_in_threadpool(store.resumable.remove, upload.upload_id)
            raise
    location = f"{str(request.url.replace(query='')).rstrip('/')}/{upload.upload_id}"
    return Response(status_code=201, headers={"Location": location, **tus_headers.progress(upload, received)})


async def _show(request: Request) -> Response:
    upload = await _upload_of(request)
    if not _is_signed(request):
        caller_of(request)
    headers = {
        **tus_headers.progress(upload, upload.received),
        "Upload-Length": str(upload.length),
        "Upload-Metadata": upload.told,
        "Cache-Control": "no-store",
    }
    return Response(headers=headers)


async def _append(request: Request) -> Response:
    offset = tus_headers.told_offset(request)
    upload = await _upload_of(request)
    _rights(request, upload.place)
    received = await _receive(request, upload, offset)
    return Response(status_code=_NO_CONTENT, headers=tus_headers.progress(upload, received))


async def _give_up(request: Request) -> Response:
    upload = await _upload_of(request)
    _rights(request, upload.place)
    resumable = service_of(request).store.resumable
    with resumable.held(upload.upload_id):
        if upload.received == upload.length:
            raise tus_refusal(400, "Cannot terminate an already completed upload")
        await run_in_threadpool(resumable.remove, upload.upload_id)
    return Response(status_code=_NO_CONTENT)


async def _receive(request: Request, upload: ResumableUpload, offset: int) -> int:
    """Add the body to the upload; what came before a caller hung up is kept. Return how much there is."""
    store = service_of(request).store
    with store.resumable.held(upload.upload_id):
        upload = await run_in_threadpool(store.resumable.find, upload.upload_id)
        if offset != upload.received:
            raise tus_refusal(409, "Upload-Offset conflict")
        if upload.received == upload.length and upload.length:
            return upload.received
        part = await run_in_threadpool(store.resumable.open, upload)
        try:
            writer = BlockWriter(part)
            try:
                async for piece in request.stream():
                    await writer.add(piece)
            except ClientDisconnect:
                await writer.flush()
                await run_in_threadpool(store.keep, upload, part)
                raise
            await writer.flush()
            return await run_in_threadpool(store.keep, upload, part)
        finally:
            part.close()


def _rights(request: Request, place: tuple[str, str]) -> tuple[str | None, bool]:
    """Return the owner of what the caller uploads and whether it may replace; refuse whom neither key nor token lets.

    A token of a signed URL decides about both; it was made for one place.
    """
    if not _is_signed(request):
        return require_service(request).subject, wants_upsert(request)
    token = request.headers.get("x-signature")
    if not token:
        raise invalid_signature("Missing x-signature header")
    claims = service_of(request).tokens.opened(token, scope="upload", url="/".join(place))
    return claims.get("owner"), bool(claims.get("upsert"))


def _is_signed(request: Request) -> bool:
    return _SIGNED in request.url.path


async def _upload_of(request: Request) -> ResumableUpload:
    upload = await run_in_threadpool(service_of(request).store.resumable.find, request.path_params["upload"])
    if _is_signed(request):
        _rights(request, upload.place)
    return upload


def _most_bytes(request: Request, bucket: Bucket) -> int:
    most = service_of(request).max_object_bytes
    return min(bucket.options.file_size_limit or most, most)


def _routes(path: str) -> list[Route]:
    return [
        Route(path, _about, methods=["OPTIONS"]),
        Route(path, _tus(_create), methods=["POST"]),
        Route(f"{path}/{{upload}}", _about, methods=["OPTIONS"]),
        Route(f"{path}/{{upload}}", _tus(_show), methods=["HEAD"]),
        Route(f"{path}/{{upload}}", _tus(_append), methods=["PATCH"]),
        Route(f"{path}/{{upload}}", _tus(_give_up), methods=["DELETE"]),
    ]


ROUTES = [*_routes(_SIGNED), *_routes("/upload/resumable")]
