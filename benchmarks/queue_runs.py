"""Queues on the same Postgres: bulk enqueueing, no-op jobs in a second, and how soon a waiting worker picks one up."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from accessa.bench.bench_stack import BenchStack, bench_stack
from accessa.bench.postgres_state import PostgresState, address_of, postgres_state
from accessa.bench.program_run import Program, ProgramError, run_program
from accessa.bench.watching import Watcher
from accessa.settings import Settings

_CONCURRENCY = [1, 10, 50]


def run_queues(settings: Settings, programs: Sequence[Program], jobs: int, watcher: Watcher) -> list[dict[str, Any]]:
    """Run each queue with so many jobs on one stack, and return a row for each."""
    if not programs:
        return []
    watcher.tell("queues: starting a stack")
    with bench_stack(settings, watcher.tell, "fixed", {}) as stack:
        return asyncio.run(_run_all(stack, programs, jobs, watcher))


async def _run_all(stack: BenchStack, programs: Sequence[Program], jobs: int, watcher: Watcher) -> list[dict[str, Any]]:
    async with postgres_state(stack.database_url) as server:
        await server.age()
        rows = []
        for program in programs:
            watcher.tell(f"queues: {program.name}")
            rows.append(await _row(stack, server, program, jobs))
        return rows


async def _row(stack: BenchStack, server: PostgresState, program: Program, jobs: int) -> dict[str, Any]:
    database = await server.create_database()
    try:
        with tempfile.TemporaryDirectory(prefix="accessa-bench-") as folder:
            configuration = {
                "jobs": jobs,
                "concurrency": _CONCURRENCY,
                "database_url": address_of(stack.database_url, database),
            }
            result = await run_program(program, configuration, Path(folder), server, stack.meter)
    except ProgramError as error:
        return {"queue": program.name, "note": str(error)}
    finally:
        await server.drop_database(database)
    return {"queue": program.name, **flat(result.told)}


def flat(told: dict[str, Any]) -> dict[str, Any]:
    """Return what a queue's runner tells as one row: a value of each concurrency in a column of its own."""
    row: dict[str, Any] = {}
    for name, value in told.items():
        if isinstance(value, dict):
            row |= {f"{name} {key}": amount for key, amount in value.items()}
        elif isinstance(value, list):
            row |= {name: "; ".join(map(str, value))} if value else {}
        elif value not in {"", None}:
            row[name] = value
    return row
