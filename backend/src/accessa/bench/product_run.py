"""One run of the whole product: documents go in through the API, and are searchable at the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from accessa.bench.bench_stack import BenchStack
from accessa.bench.conditions import Condition
from accessa.bench.corpus import Document
from accessa.bench.meter import used
from accessa.bench.postgres_state import PostgresState
from accessa.bench.results import OURS, Run, Upload
from accessa.bench.simulator import Bill, Simulator
from accessa.bench.uploading import upload_all
from accessa.bench.verification import Outcome, verify
from accessa.bench.watching import Watcher
from accessa.domain.ids import NAMESPACE
from accessa.drill.lookout import Lookout
from accessa.store.database import Database
from accessa.store.statements import load

USER = uuid5(NAMESPACE, "bench")
_LOOK_SECONDS = 0.2
_LONGEST_SECONDS = 3600.0
_CHARACTERS_OF_CHUNK = 690  # about what the chunker makes of the corpus; half way need not be met to the chunk


@dataclass(slots=True)
class _Measured:
    """The present run, as it goes on."""

    begun: float = 0.0
    killed_at: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    wal_bytes: int = 0
    bill: Bill = field(default_factory=lambda: Bill(0, 0, 0))
    upload: Upload | None = None


class ProductRuns:
    """Runs the product on one stack; use it in one event loop."""

    def __init__(self, stack: BenchStack, server: PostgresState, database: Database, watcher: Watcher) -> None:
        """Take the stack, its server, and a way into the product's database."""
        self._stack = stack
        self._server = server
        self._database = database
        self._watcher = watcher
        self._lookout = Lookout(database, [USER])

    async def run(self, condition: Condition, documents: Sequence[Document], *, turn: int, workers: int) -> Run:
        """Take the documents in while the workers are held back, let them work, and look at what they left."""
        measured = _Measured()
        async with Simulator(self._stack.ground.addresses["OPENAI_URL"]) as simulator:
            await simulator.start_over(delay=condition.delay, failure_rate=condition.failure_rate)
            await self._lookout.set_clock()
            await self._stack.workers.start(workers)
            jobs = await self._upload(condition, documents, measured)
            await self._process(condition, documents, workers, measured)
            measured.bill = await simulator.bill()
        peak = self._stack.workers.peak_bytes()
        self._stack.workers.stop()
        self._watcher.tell(f"{condition.name}: looking at every row and bill")
        outcome = await verify(self._stack.ground, self._database, [USER], jobs)
        return Run(
            system=OURS,
            condition=condition.name,
            turn=turn,
            documents=outcome.documents,
            chunks=outcome.chunks,
            seconds=round(max(outcome.ended_at - measured.begun, 0.0), 3),
            cpu=measured.cpu,
            peak_bytes=peak,
            wal_bytes=measured.wal_bytes,
            requests=measured.bill.requests,
            paid_twice=measured.bill.repaid,
            lost=len(documents) - outcome.complete,
            duplicated=outcome.stray_chunks,
            pages=sum(document.pages for document in documents),
            upload=measured.upload,
            findings=outcome.findings,
            extra=await self._recovery(measured, outcome),
        )

    async def _upload(self, condition: Condition, documents: Sequence[Document], measured: _Measured) -> list[UUID]:
        self._watcher.tell(f"{condition.name}: uploading {len(documents)} documents")
        self._stack.workers.hold()
        before = self._cpu()
        jobs, seconds = await upload_all(self._stack.ground.addresses["API_URL"], USER, documents)
        measured.upload = Upload(round(seconds, 3), used(before, self._cpu()))
        return jobs

    async def _process(
        self, condition: Condition, documents: Sequence[Document], workers: int, measured: _Measured
    ) -> None:
        self._watcher.tell(f"{condition.name}: processing them")
        await self._server.settle()
        wal, before = await self._server.wal_position(), self._cpu()
        measured.begun = self._lookout.database_time()
        self._stack.workers.let_go()
        if condition.kill:
            await self._until(len(documents), await self._is_half_done(documents))
            measured.killed_at = self._lookout.database_time()
            self._stack.workers.kill()
            self._watcher.tell(f"{condition.name}: killed the workers half way; starting others")
            await self._stack.workers.start(workers)
        await self._until(len(documents))
        measured.cpu = used(before, self._cpu())
        measured.wal_bytes = await self._server.wal_position() - wal

    async def _until(self, documents: int, reached: Callable[[int], bool] | None = None) -> None:
        """Wait until every job has ended, or so many vectors are stored that `reached` says yes."""
        ends = time.monotonic() + _LONGEST_SECONDS
        while time.monotonic() < ends:
            progress = await self._lookout.progress()
            self._watcher.moved("documents complete", progress.complete, documents)
            if progress.jobs and progress.ended == progress.jobs:
                return
            if reached is not None and reached(await self._vectors()):
                return
            await asyncio.sleep(_LOOK_SECONDS if reached is None else _LOOK_SECONDS / 4)

    async def _is_half_done(self, documents: Sequence[Document]) -> Callable[[int], bool]:
        stored = await self._vectors()
        half = sum(len(document.content) for document in documents) / _CHARACTERS_OF_CHUNK / 2
        return lambda vectors: vectors - stored >= half

    async def _vectors(self) -> int:
        async with self._database.connection() as connection:
            return int(await connection.fetchval(load("bench_stored_vectors")))

    async def _recovery(self, measured: _Measured, outcome: Outcome) -> dict[str, float]:
        """Return how soon the jobs of the killed workers were taken up again."""
        if not measured.killed_at:
            return {}
        async with self._database.connection() as connection:
            seconds = await connection.fetchval(load("bench_takeover"), [USER], measured.killed_at)
        return {"takeover_seconds": round(seconds, 3), "chunks": outcome.chunks}

    def _cpu(self) -> dict[str, float]:
        return self._stack.meter.read() | {"client": self._stack.workers.cpu()}


@contextlib.asynccontextmanager
async def product_runs(stack: BenchStack, server: PostgresState, watcher: Watcher) -> AsyncIterator[ProductRuns]:
    """Open a way into the product's database for the length of the block."""
    database = Database(stack.ground.services.database, "accessa-bench")
    try:
        yield ProductRuns(stack, server, database, watcher)
    finally:
        await database.close()
