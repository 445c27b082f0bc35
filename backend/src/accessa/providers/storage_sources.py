"""What can be uploaded: bytes, a file, or a stream that can be read once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from accessa.domain.errors import PermanentError

_BLOCK_BYTES = 1024 * 1024

SMALL_BYTES = 256 * 1024
"""Content up to this size is sent and fetched in one piece."""

Content = bytes | AsyncIterable[bytes] | Path


@dataclass(frozen=True, slots=True)
class Source:
    """Content with its size in bytes, None while unknown."""

    content: Content
    size: int | None

    @property
    def can_be_sent_again(self) -> bool:
        """Whether a second upload can read the content anew."""
        return isinstance(self.content, bytes | Path)

    @property
    def is_small(self) -> bool:
        """Whether the content is known to be so short that it is best sent in one piece."""
        return self.size is not None and self.size <= SMALL_BYTES

    async def whole(self) -> bytes:
        """Return the content of a small source; raise `PermanentError` SOURCE_CORRUPT when it has another length.

        A stream is read no further than to the first byte too many.
        """
        if isinstance(self.content, bytes):
            return self.content
        if isinstance(self.content, Path):
            found = await asyncio.to_thread(self.content.read_bytes)
            if len(found) != self.size:
                raise self._wrong_length()
            return found
        return b"".join([block async for block in self.blocks()])

    async def blocks(self) -> AsyncGenerator[bytes]:
        """Yield the content; raise `PermanentError` SOURCE_CORRUPT when it has another length.

        The last block is held back until the length is sure, so that a wrong one never looks like a whole upload.
        """
        length = 0
        held = b""
        async with aclosing(_pieces(self.content)) as pieces:
            async for block in pieces:
                length += len(block)
                if self.size is not None and length > self.size:
                    raise self._wrong_length()
                if held:
                    yield held
                held = block
        if self.size not in {None, length}:
            raise self._wrong_length()
        if held:
            yield held

    def _wrong_length(self) -> PermanentError:
        return PermanentError(
            "SOURCE_CORRUPT", f"The content is not {self.size} bytes long, as was said; send the file again."
        )


async def source_of(content: Content, size: int | None) -> Source:
    """Return the source of `content`; only a stream's size must be told."""
    if isinstance(content, bytes):
        return Source(content, len(content))
    if isinstance(content, Path):
        return Source(content, (await asyncio.to_thread(content.stat)).st_size)
    return Source(content, size)


async def _pieces(content: Content) -> AsyncGenerator[bytes]:
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, Path):
        with await asyncio.to_thread(content.open, "rb") as file:
            while block := await asyncio.to_thread(file.read, _BLOCK_BYTES):
                yield block
    else:
        async for block in content:
            yield block
