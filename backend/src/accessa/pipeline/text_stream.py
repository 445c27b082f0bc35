"""Large texts: laid out and cut by confined children, so that the worker never holds more than a few parts of one."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import orjson

from accessa.pipeline.confinement import confined_child
from accessa.pipeline.text_frames import ANEW, FACTS, ROWS, TEXT, read_frames
from accessa.pipeline.text_layout import silent
from accessa.store.chunks import ChunkRow

_LAYOUT_CHILD = "accessa.pipeline.text_stream_child"
_ROWS_CHILD = "accessa.pipeline.chunk_rows_child"
_WALL_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class StreamedText:
    """The one text of a document, in UTF-8 in the file `content_path`, and what is known of its pages."""

    content_path: Path
    sha256: str
    """Hex SHA-256 of the file."""
    size: int
    """Bytes of the file."""
    characters: int
    page_starts: tuple[int, ...]
    pages_without_text: int
    removed_characters: int

    def rows(self, document_id: UUID, chunker: tuple[str, str]) -> AsyncGenerator[list[ChunkRow]]:
        """Yield the rows of the text's chunks, as `streamed_rows` does."""
        return streamed_rows(self.content_path, self.page_starts, document_id, chunker)


@asynccontextmanager
async def streamed_text(path: Path, *, holds_pages: bool = False) -> AsyncIterator[StreamedText]:
    """Lend the normal text of the text file at `path`, or of a JSON list of pages; the copy is gone afterwards.

    Raises `PermanentError` FILE_TOO_LARGE for a text that needs too much memory or time, and `TransientError` when the
    child ended for another reason.
    """
    with tempfile.TemporaryDirectory(prefix="accessa-") as folder:
        content_path = Path(folder) / "text"
        with (
            await asyncio.to_thread(path.open, "rb") as source,
            await asyncio.to_thread(content_path.open, "wb") as file,
        ):
            text = _Written(file)
            kind = "pages" if holds_pages else "file"
            async with (
                confined_child(_LAYOUT_CHILD, kind, str(source.fileno()), files=[source.fileno()]) as child,
                aclosing(read_frames(child, wall_seconds=_WALL_SECONDS)) as frames,
            ):
                _give(child, b"")
                async for frame in frames:
                    await asyncio.to_thread(text.take, *frame)
        yield text.finished(content_path)


async def streamed_rows(
    content_path: Path, page_starts: Sequence[int], document_id: UUID, chunker: tuple[str, str]
) -> AsyncGenerator[list[ChunkRow]]:
    """Yield the rows of a normal text's chunks in order, up to a thousand at once; close this when leaving it early.

    The child waits while rows are not taken. Raises as `streamed_text` does.
    """
    given = orjson.dumps({"page_starts": page_starts, "document_id": str(document_id), "chunker": chunker})
    with await asyncio.to_thread(content_path.open, "rb") as file:
        async with (
            confined_child(_ROWS_CHILD, str(file.fileno()), files=[file.fileno()]) as child,
            aclosing(read_frames(child, wall_seconds=_WALL_SECONDS)) as frames,
        ):
            _give(child, given)
            async for kind, content in frames:
                if kind == ROWS:
                    yield await asyncio.to_thread(_rows, content)


def _give(child: Process, content: bytes) -> None:
    if child.stdin:
        child.stdin.write(content)
        child.stdin.close()


def _rows(content: bytes) -> list[ChunkRow]:
    return [
        ChunkRow(UUID(identity), ordinal, sha256, text, meta.encode())
        for identity, ordinal, sha256, text, meta in orjson.loads(content)
    ]


class _Written:
    """The text as it comes: it is written to a file and hashed at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0
        self._facts: bytes | None = None

    def take(self, kind: bytes, content: bytes) -> None:
        if kind == TEXT:
            self._file.write(content)
            self._digest.update(content)
            self._size += len(content)
        elif kind == ANEW:
            self._file.seek(0)
            self._file.truncate()
            self._digest = hashlib.sha256()
            self._size = 0
        elif kind == FACTS:
            self._facts = content

    def finished(self, path: Path) -> StreamedText:
        if self._facts is None:
            raise silent()
        facts = orjson.loads(self._facts)
        return StreamedText(
            content_path=path,
            sha256=self._digest.hexdigest(),
            size=self._size,
            **(facts | {"page_starts": tuple(facts["page_starts"])}),
        )
