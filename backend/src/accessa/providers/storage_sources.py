"""What can be uploaded: bytes, a file, or a stream that can be read once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from accessa.domain.errors import PermanentError

_BLOCK_BYTES = 1024 * 1024

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

    async def blocks(self) -> AsyncGenerator[bytes]:
        """Yield the content; raise `PermanentError` SOURCE_CORRUPT when it is not as long as was said.

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
