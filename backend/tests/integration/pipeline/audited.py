"""A small database that the pipeline itself has filled, on which the audit finds nothing, and a way to harm it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from backend.tests.simulators import Simulator, ends, new_word, page

from accessa.domain.error_catalogue import CATALOGUE
from accessa.settings import DatabaseSettings
from accessa.store.audit import CHECKS
from accessa.store.database import Connection, Database
from accessa.store.pool import prepare_connection

if TYPE_CHECKING:
    from backend.tests.house import House

PARTS = 4


@dataclass(frozen=True)
class Filled:
    """The ids of what is there, by name, and what was acknowledged and billed on the way."""

    ids: dict[str, str]
    acknowledged: list[UUID]
    bill: list[dict[str, Any]]


class Lent(Database):
    """A database of one connection, so that the audit sees what a test has not committed."""

    def __init__(self, connection: Connection) -> None:
        """Lend this connection to whoever asks."""
        super().__init__(DatabaseSettings())
        self._lent = connection

    @asynccontextmanager
    async def connection(self, *, reserved: bool = False) -> AsyncIterator[Connection]:  # noqa: ARG002
        """Lend it."""
        yield self._lent


async def fill(house: House) -> Filled:
    """Have documents of each kind processed: text, a web page, one in bulk, one that fails, one that is deleted."""
    embedder, parser = Simulator(house.outside, "openai"), Simulator(house.outside, "llamaparse")
    for simulator in (embedder, parser):
        await simulator.begin()
    await embedder.play(batch_delay=0)
    settled = house.with_settings(embed={"bulk_poll_seconds": 0.05, "bulk_poll_max_seconds": 0.1, "batch_inputs": 2})
    jobs = {
        "text": await house.upload(_text(), "text.md"),
        "page": await house.upload(page(new_word()), "page.html"),
        "failed": await house.upload(b" \n \n ", "failed.txt"),
        "deleted": await house.upload(_text(), "deleted.md"),
        "bulk": (
            await house.api.post("/documents", params={"lane": "bulk"}, files={"file": ("bulk.md", _text())})
        ).json(),
    }
    names = {name: job["job_id"] for name, job in jobs.items()}
    async with settled.worker(jobs_at_once=8):
        await ends(house, names)
    await house.api.delete(f"/documents/{jobs['deleted']['document_id']}")
    documents = {f"{name}_document": job["document_id"] for name, job in jobs.items()}
    bill = [*await embedder.rows(), *await parser.rows()]
    strangers = {"stranger": str(uuid4()), "other": str(uuid4())}
    return Filled(names | documents | strangers, [UUID(job_id) for job_id in names.values()], bill)


def _text() -> bytes:
    word = new_word()
    return "\n\n".join(f"# Part {part} {word}\n\n" + f"Sentence of {word}. " * 60 for part in range(PARTS)).encode()


class Harmed:
    """One connection to the filled database, on which harm is done and undone."""

    def __init__(self, connection: Connection, filled: Filled) -> None:
        """Hold the connection in one snapshot, and what is needed to put all checks into one statement."""
        self._connection = connection
        self._filled = filled
        self._checks: Any = None

    @asynccontextmanager
    async def harm(self, *statements: str) -> AsyncIterator[Database]:
        """Run `statements` while the block lasts: no guard sees them; `{name}` in them is an id."""
        harm = self._connection.transaction()
        await harm.start()
        try:
            # Neither triggers nor foreign keys look.
            await self._connection.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await self._connection.execute(statement.format(**self._filled.ids))
            yield Lent(self._connection)
        finally:
            await harm.rollback()

    async def broken_by(self, *statements: str) -> set[str]:
        """Return the checks that find something after `statements`."""
        if self._checks is None:
            self._checks = await self._connection.prepare(_all_checks(self._filled))
        async with self.harm(*statements):
            return {row["check"] for row in await self._checks.fetch()}


def _all_checks(filled: Filled) -> str:
    """Return all checks as one statement: asked one by one, a hundred times, they would take longer than a test may."""
    values = {
        "jobs": "NULL",
        "documents": "NULL",
        "bill": _literal(filled.bill),
        "acknowledged": _array(map(str, filled.acknowledged)),
        "codes": _array(CATALOGUE),
        "lease_seconds": "60",
        "max_crashes": "3",
        "grace_seconds": "0",
        "stuck_seconds": "60",
    }
    parts = []
    for check in CHECKS:
        sql = check.sql.partition("\n")[2]
        for number, name in enumerate(check.takes, 1):
            sql = sql.replace(f"${number}", values[name])
        parts.append(f"SELECT DISTINCT '{check.name}' AS check FROM ({sql}) found (name)")
    return " UNION ALL ".join(parts)


def _literal(value: object) -> str:
    return "'" + orjson.dumps(value).decode().replace("'", "''") + "'"


def _array(texts: Iterable[str]) -> str:
    return "'{" + ",".join(texts) + "}'"


@asynccontextmanager
async def opened(url: str, filled: Filled) -> AsyncIterator[Harmed]:
    """Connect to the filled database."""
    connection = await asyncpg.connect(url)
    try:
        await prepare_connection(connection)
        await connection.execute("SET search_path = upload_pipeline, public")
        await connection.transaction(isolation="repeatable_read").start()
        yield Harmed(connection, filled)
    finally:
        await connection.close()
