"""An answer that sends a part of an open file without holding it in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_BLOCK_BYTES = 256 * 1024


class BlobResponse(Response):
    """Sends the bytes at `positions` of `file`, and closes it in any case."""

    def __init__(self, file: BinaryIO, positions: range, *, status_code: int, headers: Mapping[str, str]) -> None:
        super().__init__(status_code=status_code, headers={**headers, "content-length": str(len(positions))})
        self._file = file
        self._positions = positions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the protocol's form
        """Answer one request."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for block in self._blocks():
                await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._file.close()

    async def _blocks(self) -> AsyncIterator[bytes]:
        left = len(self._positions)
        await run_in_threadpool(self._file.seek, self._positions.start)
        while left:
            block = await run_in_threadpool(self._file.read, min(left, _BLOCK_BYTES))
            if not block:
                # The promised length is then not met, so the client sees a broken answer, never a short file.
                return
            left -= len(block)
            yield block
