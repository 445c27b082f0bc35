"""What a child that works on a text writes to the worker: frames of a length, a kind and a content."""

from __future__ import annotations

import asyncio
import struct
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from typing import BinaryIO, Final

from accessa.pipeline.confinement import met_its_limits
from accessa.pipeline.text_layout import silent, too_large

TEXT: Final = b"T"
"""A part of the text in UTF-8."""
ANEW: Final = b"A"
"""The text so far is void; it begins once more."""
FACTS: Final = b"F"
"""What is known of the whole text, as JSON."""
ROWS: Final = b"R"
"""Rows of chunks, as a JSON list of lists."""

_HEAD = struct.Struct(">Ic")


def write_frame(target: BinaryIO, kind: bytes, content: bytes = b"") -> None:
    """Write one frame, and wait while the reader is behind."""
    target.write(_HEAD.pack(len(content), kind))
    target.write(content)
    target.flush()


async def read_frames(child: Process, *, wall_seconds: float) -> AsyncGenerator[tuple[bytes, bytes]]:
    """Yield (kind, content) until the child has ended, which may take `wall_seconds` from one frame to the next.

    Raises `PermanentError` FILE_TOO_LARGE when it met its limits, and `TransientError` when it ended in another way.
    """
    while frame := await _next_frame(child, wall_seconds):
        yield frame
    exit_code = await child.wait()
    if exit_code != 0:
        raise too_large() if met_its_limits(exit_code) else silent()


async def _next_frame(child: Process, wall_seconds: float) -> tuple[bytes, bytes] | None:
    if child.stdout is None:
        return None
    try:
        async with asyncio.timeout(wall_seconds):
            length, kind = _HEAD.unpack(await child.stdout.readexactly(_HEAD.size))
            return kind, await child.stdout.readexactly(length)
    except TimeoutError:
        raise too_large() from None
    except asyncio.IncompleteReadError:
        return None
