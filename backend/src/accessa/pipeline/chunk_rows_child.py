"""The child process that cuts a large normal text into chunks, and sends their rows as fast as they are taken."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

import orjson

from accessa.domain.chunking import Chunk, chunk_parts
from accessa.domain.text_decoding import decode_blocks
from accessa.pipeline.chunk_values import chunk_values
from accessa.pipeline.confinement import OUT_OF_MEMORY, confine
from accessa.pipeline.text_frames import ROWS, write_frame

_BLOCK_BYTES = 256 * 1024
_ROWS_AT_ONCE = 1000
_MEMORY_BYTES = 2_000_000_000
_CPU_SECONDS = 500


def main() -> None:
    """Serve the one file given by number, with the rest as JSON on stdin; leave with `OUT_OF_MEMORY` at its limit."""
    given = orjson.loads(sys.stdin.buffer.read())
    document_id = UUID(given["document_id"])
    confine(memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS)
    try:
        chunks = chunk_parts(decode_blocks(_blocks(int(sys.argv[1])), "utf-8", 0), given["page_starts"])
        while some := list(islice(chunks, _ROWS_AT_ONCE)):
            write_frame(sys.stdout.buffer, ROWS, _rows(document_id, given["chunker"], some))
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


def _blocks(number: int) -> Iterator[bytes]:
    while block := os.read(number, _BLOCK_BYTES):
        yield block


def _rows(document_id: UUID, chunker: list[str], chunks: list[Chunk]) -> bytes:
    values = chunk_values(document_id, (chunker[0], chunker[1]), chunks)
    return orjson.dumps([(*others, meta.decode()) for *others, meta in values])


if __name__ == "__main__":
    main()
