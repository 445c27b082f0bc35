"""Looks at what a run of the product has left: a fast run that lost or doubled something is worth nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from accessa.drill.collection import is_near
from accessa.drill.desks import Desks
from accessa.drill.ground import Ground
from accessa.drill.lookout import Lookout
from accessa.store.audit import Limits, run_checks
from accessa.store.database import Database
from accessa.store.statements import load

_SAMPLE = 20
_CHECK_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is stored: `ended_at` by the database's clock in seconds since 1970; `findings` are what is wrong."""

    documents: int
    complete: int
    ended_at: float
    chunks: int
    stray_chunks: int
    vectors: int
    findings: tuple[str, ...]


async def verify(
    ground: Ground, database: Database, users: Sequence[UUID], jobs: Sequence[UUID], *, billed: bool = True
) -> Outcome:
    """Run every check of the audit, count what is stored, and hold some vectors against the simulator's.

    `billed`: the simulators' bills hold this run's purchases and nothing else, so they are compared too.
    """
    row = dict((await Lookout(database, users).rows("bench_outcome"))[0])
    findings: list[str] = []
    if row["vectors"] != row["chunks"]:
        findings.append(f"{row['chunks']} chunks have {row['vectors']} vectors")
    async with Desks(ground.addresses["LLAMAPARSE_URL"], ground.addresses["OPENAI_URL"]) as desks:
        bill = [asdict(unit) for unit in await desks.bill((0, 0))] if billed else None
        findings += await _wrong_vectors(ground, database, users, desks)
    worker = ground.services.worker
    broken = await run_checks(
        database,
        bill=bill,
        acknowledged=jobs,
        at_rest=True,
        limits=Limits(worker.lease_seconds, worker.max_crashes, _CHECK_SECONDS),
    )
    return Outcome(**row, findings=(*findings, *(str(finding) for finding in broken)))


async def _wrong_vectors(ground: Ground, database: Database, users: Sequence[UUID], desks: Desks) -> list[str]:
    embed = ground.services.embed
    async with database.connection() as connection:
        rows = await connection.fetch(load("bench_vectors"), list(users), _SAMPLE)
    right = await desks.vectors([row["text"] for row in rows], embed.model, embed.dimensions)
    wrong = [row["chunk_id"] for row, vector in zip(rows, right, strict=True) if not is_near(row["vector"], vector)]
    return [f"the vector of chunk {chunk} is not its text's" for chunk in wrong]
