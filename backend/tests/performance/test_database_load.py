"""Many moves of jobs at the same time: the database takes each once, and tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from accessa.bench.moves import CHAIN, Mover, make_jobs, move_all, move_one_by_one, move_together
from accessa.bench.results import Run
from accessa.bench.suite import Plan
from accessa.store.audit import CHECKS, run_checks
from accessa.store.database import Database

_JOBS = 50
# The jobs have no content, so the promises are those about moves, claims and owners.
_OF_MOVES = [check.name for check in CHECKS if "s01" <= check.name < "s06"]


@pytest.mark.parametrize("move", [move_together, move_one_by_one])
async def test_every_move_is_told_once(database: Database, move: Mover) -> None:
    """Two owners move fifty jobs in batches: one event a move, none twice, and every promise about moves holds."""
    await make_jobs(database, _JOBS)
    moves = await move_all(database, move)
    async with database.connection() as connection:
        events = await connection.fetch(
            "SELECT job_id, to_status FROM upload_pipeline.events WHERE type = 'transition'"
        )
        owners = await connection.fetch("SELECT DISTINCT lease_owner FROM upload_pipeline.upload_jobs")

    assert _JOBS * len(CHAIN) == moves == len(set(events)) == len(events)
    assert dict.fromkeys(map(str, CHAIN), _JOBS) == Counter(row["to_status"] for row in events)
    assert {"bench:0", "bench:1"} >= {row["lease_owner"] for row in owners}
    assert [] == await run_checks(database, names=_OF_MOVES)


@pytest.mark.drill(seconds=40)
def test_a_load_of_small_documents_ends_whole(bench: Callable[[Plan], Run]) -> None:
    """Three hundred tiny documents at once: all are complete with a vector a chunk, and no input is paid twice."""
    run = bench(Plan(["tiny"], documents=300, workers=2))

    assert (300, 0, 0, 0, ()) == (run.documents, run.lost, run.duplicated, run.paid_twice, run.findings)
    assert run.chunks >= 300
