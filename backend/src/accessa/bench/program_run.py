"""One run of a program that is compared with the product: it is ready, is told to go, is measured, and is told to end.

The program reads a JSON file with `documents` (paths), `database_url`, `embeddings_url`, `api_key`, `model`,
`dimensions`, `inputs_per_request` and `result`. It imports and creates its schema, writes the line {"phase": "ready"},
waits for a line, works, writes its counts as JSON to `result`, writes {"phase": "done"}, waits for another line and
ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from accessa.bench.meter import Meter, cpu_seconds, memory_bytes, peak_memory_bytes, used
from accessa.bench.postgres_state import PostgresState

_LOOK_SECONDS = 0.2
_START_SECONDS = 180.0
_LONGEST_SECONDS = 3600.0
_END_SECONDS = 20.0
_LAST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Program:
    """A program to compare with: its name, and the command that a path to its configuration is added to.

    `count_sql` counts its chunks and documents, `sample_sql` returns some of its texts with their vectors, and
    `endpoint` are values of the simulator's control desk that it needs.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    count_sql: str = ""
    sample_sql: str = ""
    endpoint: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """What the program says of itself, and what was measured between its start and its last row."""

    told: dict[str, Any]
    seconds: float
    cpu: dict[str, float]
    peak_bytes: int
    wal_bytes: int


class ProgramError(Exception):
    """The program broke the agreement; the text is its last words."""


async def run_program(
    program: Program, configuration: Mapping[str, Any], folder: Path, server: PostgresState, meter: Meter
) -> ProgramResult:
    """Run the program with `configuration` and measure it; raises `ProgramError`."""
    path = folder / "configuration.json"
    result = folder / "result.json"
    path.write_text(json.dumps({**configuration, "result": str(result)}))
    with (folder / "errors.txt").open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *program.command,
            str(path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=dict(program.environment),
            cwd=folder,
        )
    try:
        return await _course(process, server, meter, lambda: json.loads(result.read_text()))
    except (ProgramError, TimeoutError, OSError, ValueError) as error:
        words = (folder / "errors.txt").read_text(errors="replace").strip()[-_LAST_WORDS:]
        raise ProgramError(f"{program.name}: {error or type(error).__name__} {words}".strip()) from error
    finally:
        await _end(process)


async def _course(
    process: asyncio.subprocess.Process, server: PostgresState, meter: Meter, told: Callable[[], dict[str, Any]]
) -> ProgramResult:
    await _phase(process, "ready", _START_SECONDS)
    root = psutil.Process(process.pid)
    await server.settle()
    wal, before = await server.wal_position(), meter.read() | {"client": cpu_seconds(root)}
    begun = time.monotonic()
    watch = asyncio.create_task(_peak(root))
    try:
        _say(process)
        await _phase(process, "done", _LONGEST_SECONDS)
        seconds = time.monotonic() - begun
        after = meter.read() | {"client": cpu_seconds(root)}
        peak = peak_memory_bytes(root)
    finally:
        watch.cancel()
        sampled = (await asyncio.gather(watch, return_exceptions=True))[0]
    return ProgramResult(
        told=told(),
        seconds=round(seconds, 3),
        cpu=used(before, after),
        peak_bytes=max(peak, sampled if isinstance(sampled, int) else 0),
        wal_bytes=await server.wal_position() - wal,
    )


async def _peak(root: psutil.Process) -> int:
    """Return, once it is cancelled, the most memory that the whole tree was seen to have."""
    most = 0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            most = max(most, memory_bytes(root))
            await asyncio.sleep(_LOOK_SECONDS)
    return most


async def _phase(process: asyncio.subprocess.Process, name: str, seconds: float) -> None:
    """Wait for the line of a phase; other lines are the program's own talk."""
    if process.stdout is None:
        raise ProgramError("it has no output")
    async with asyncio.timeout(seconds):
        while line := await process.stdout.readline():
            with contextlib.suppress(ValueError):
                told = json.loads(line)
                if isinstance(told, dict) and told.get("phase") == name:
                    return
    raise ProgramError(f"it ended before it was {name}")


def _say(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.write(b"\n")


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(OSError):
        _say(process)
    try:
        await asyncio.wait_for(process.wait(), _END_SECONDS)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def documents_on_disk(folder: Path, documents: Sequence[Any]) -> list[str]:
    """Write the documents below `folder` and return their paths."""
    paths: list[str] = []
    for document in documents:
        path = folder / document.name
        path.write_bytes(document.content)
        paths.append(str(path))
    return paths
