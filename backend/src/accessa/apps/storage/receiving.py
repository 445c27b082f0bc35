"""Bodies on their way in: raw or multipart, streamed to disk in blocks, never held whole in memory."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, Protocol

import orjson
from python_multipart.exceptions import FormParserError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from accessa.apps.storage.blobs import SmallBlob, StagedBlob
from accessa.apps.storage.multipart import UploadForm
from accessa.apps.storage.names import check_header_text
from accessa.apps.storage.records import Description
from accessa.apps.storage.refusals import bad_request, too_large

_BLOCK_BYTES = 1024 * 1024
_SMALL_BYTES = 256 * 1024
_DEFAULT_TYPE = "application/octet-stream"

CheckType = Callable[[str], str]


class Sink(Protocol):
    """What takes bytes; its writes block."""

    def write(self, data: bytes | bytearray) -> None:
        """Append `data`."""


class BlockWriter:
    """Gathers network pieces, so that one trip to a worker thread writes about a megabyte."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._block = bytearray()

    async def add(self, data: bytes) -> None:
        """Take a piece; it is written now or later."""
        self._block += data
        if len(self._block) >= _BLOCK_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Write what was gathered."""
        block, self._block = self._block, bytearray()
        if block:
            await run_in_threadpool(self._sink.write, block)


async def receive(request: Request, staged: StagedBlob, check_type: CheckType) -> Description:
    """Stream the request's file into `staged`; return what the request says about it.

    `check_type` refuses a content type, and is asked before any byte is written.
    """
    if _is_form(request):
        return await _receive_form(request, staged, check_type)
    return await _receive_raw(request, staged, check_type)


def is_small(request: Request) -> bool:
    """Whether the request's file comes raw and is said to be so small that it needs no file on its way in."""
    length = request.headers.get("content-length", "")
    is_raw = not _is_form(request)
    return is_raw and length.isascii() and length.isdigit() and int(length) <= _SMALL_BYTES


async def receive_small(request: Request, limit_bytes: int, check_type: CheckType) -> tuple[SmallBlob, Description]:
    """Return the file of a small request and what is said about it; refuse one above `limit_bytes`."""
    description = _described(request, check_type)
    data = await request.body()
    if len(data) > limit_bytes:
        raise too_large()
    return SmallBlob(data), description


async def _receive_raw(request: Request, staged: StagedBlob, check_type: CheckType) -> Description:
    description = _described(request, check_type)
    writer = BlockWriter(staged)
    async for piece in request.stream():
        await writer.add(piece)
    await writer.flush()
    return description


def _described(request: Request, check_type: CheckType) -> Description:
    return Description(
        content_type=check_type(request.headers.get("content-type", _DEFAULT_TYPE)),
        cache_control=check_header_text(request.headers.get("cache-control", "no-cache")),
        user_metadata=_metadata(_decoded(request.headers.get("x-metadata"))),
    )


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def _receive_form(request: Request, staged: StagedBlob, check_type: CheckType) -> Description:
    writer = BlockWriter(staged)
    try:
        form = UploadForm(request.headers["content-type"], lambda kind: check_type(kind or _DEFAULT_TYPE))
        async for piece in request.stream():
            await writer.add(form.feed(piece))
        form.finish()
    except FormParserError:
        raise bad_request("The multipart body is malformed") from None
    await writer.flush()
    seconds = form.fields.get("cacheControl")
    return Description(
        content_type=form.content_type or _DEFAULT_TYPE,
        cache_control=check_header_text(f"max-age={seconds}" if seconds else "no-cache"),
        user_metadata=_metadata(form.fields.get("metadata")),
    )


def _decoded(header: str | None) -> bytes | None:
    try:
        return None if header is None else base64.b64decode(header, validate=True)
    except (binascii.Error, ValueError):
        raise bad_request("The header x-metadata is not base64") from None


def _metadata(text: str | bytes | None) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        metadata = orjson.loads(text)
    except orjson.JSONDecodeError:
        metadata = None
    if not isinstance(metadata, dict):
        raise bad_request("The metadata is not a JSON object")
    return metadata
