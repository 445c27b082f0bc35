"""Words that must come out nowhere, and everything that a stack has said, to look for them in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg
import httpx

from .conftest import AS_CONTAINERS

if TYPE_CHECKING:
    from .conftest import Stack

# What the database tells of jobs to operators; the texts themselves have their own tables.
TOLD_TABLES = ("events", "alert_history", "canary_runs", "stage_timings", "audit_runs")


@dataclass(slots=True)
class Sentinels:
    """Words by what they stand for: each is made up here, or is a secret of the stack."""

    words: dict[str, str] = field(default_factory=dict)

    def new(self, name: str) -> str:
        """Return a word for `name` that stands nowhere else."""
        return self.keep(name, f"zq{uuid4().hex}zq")

    def keep(self, name: str, secret: str) -> str:
        """Take a secret of the stack for one."""
        self.words[name] = secret
        return secret

    def found_in(self, outputs: Mapping[str, bytes]) -> list[str]:
        """Return which word was found in which output, without the word."""
        return [
            f"{name} in {place}"
            for place, output in outputs.items()
            for name, word in self.words.items()
            if word.encode() in output
        ]


def take_keys(sentinels: Sentinels, stack: Stack) -> None:
    """Take every key and password of the stack for a sentinel."""
    for name, secret in json.loads((stack.home / "secrets.json").read_bytes()).items():
        sentinels.keep(name, secret)
    address = httpx.URL(stack.environment()["DATABASE_URL"])
    sentinels.keep("database password", str(address.password))


def outputs_of(stack: Stack) -> dict[str, bytes]:
    """Return all that the stack has said: its logs, its metrics, and what its database tells of jobs."""
    environment = stack.environment()
    pages = {
        name: f"{address.removesuffix('/v1')}/metrics"
        for name, address in environment.items()
        if name in {"API_URL", "LLAMAPARSE_URL", "OPENAI_URL", "MONITORING_URL"}
    }
    rows = asyncio.run(_told(environment["DATABASE_URL"], of_workers=not AS_CONTAINERS))
    return {
        **stack.raw_logs(),
        **{page: httpx.get(page, timeout=20, headers=_token(stack)).content for page in pages.values()},
        **rows,
    }


def shown_by(stack: Stack, job_id: str) -> dict[str, bytes]:
    """Return all that the page of the monitoring is told, a job's timeline and a frame of its stream among it."""
    base, headers = stack.environment()["MONITORING_URL"], _token(stack)
    paths = ("overview", "history", "alerts", "alerts/history", "silences", f"timeline/{job_id}")
    with httpx.Client(base_url=base, headers=headers, timeout=20) as client:
        shown = {f"page: {path}": client.get(f"/api/{path}").raise_for_status().content for path in paths}
        with client.stream("GET", "/api/stream") as answer:
            return shown | {"page: stream": next(answer.iter_bytes())}


def printed_by(stack: Stack) -> dict[str, bytes]:
    """Return what commands print that tell of all documents."""
    commands = ("status", "doctor", "alerts", "providers", "jobs failed", "report performance")
    ran = {command: stack.accessa(*command.split()) for command in commands}
    return {f"accessa {command}": (done.out + done.err).encode() for command, done in ran.items()}


def _token(stack: Stack) -> dict[str, str]:
    token = stack.services_environment()["MONITOR_TOKEN"]
    return {"Authorization": f"Bearer {token}"} if token else {}


async def _told(address: str, *, of_workers: bool) -> dict[str, bytes]:
    connection = await asyncpg.connect(address)
    try:
        told = {table: await _rows(connection, table) for table in TOLD_TABLES}
        return told | ({"workers' metrics": await _workers(connection)} if of_workers else {})
    finally:
        await connection.close()


async def _rows(connection: asyncpg.Connection, table: str) -> bytes:
    rows = await connection.fetch(f"SELECT row_to_json(t)::text FROM upload_pipeline.{table} t")
    return "\n".join(row[0] for row in rows).encode()


async def _workers(connection: asyncpg.Connection) -> bytes:
    urls = await connection.fetch("SELECT metrics_url FROM upload_pipeline.workers WHERE metrics_url IS NOT NULL")
    async with httpx.AsyncClient(timeout=20) as client:
        return b"".join([(await client.get(row[0])).content for row in urls])
