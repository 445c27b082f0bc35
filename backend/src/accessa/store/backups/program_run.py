"""Runs a client program of Postgres, and tells what it said when it failed."""

from __future__ import annotations

import asyncio
import tempfile
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import IO

from accessa.store.client_program import ClientProgram
from accessa.telemetry.redaction import redact

_MOST_CHARS = 300


class ProgramFailedError(Exception):
    """The program could not be run, or did not do what it was asked for; the text says why, in one clause."""


@asynccontextmanager
async def running(
    program: ClientProgram, *options: str, stdin: int = DEVNULL, stdout: int = DEVNULL
) -> AsyncIterator[Process]:
    """Run the program while the block lasts, then wait for its end; a block that fails takes it along.

    Raises `ProgramFailedError`.
    """
    argv = program.with_options(*options)
    with tempfile.TemporaryFile() as said:
        try:
            process = await asyncio.create_subprocess_exec(
                *argv, env=dict(program.environment), stdin=stdin, stdout=stdout, stderr=said
            )
        except OSError as error:
            raise ProgramFailedError(f"{argv[0]} cannot be run ({error.strerror})") from None
        try:
            yield process
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            raise
        if await process.wait():
            raise ProgramFailedError(_last_words(said))


def _last_words(said: IO[bytes]) -> str:
    """Return the last line on standard error, without what looks like a secret."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    return redact(lines[-1]).strip(" .")[:_MOST_CHARS] if lines else "it said nothing"
