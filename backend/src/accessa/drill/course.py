"""The course of a drill: documents go in while the blows fall, then all is healed, and then it is looked at."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

from accessa.domain.errors import AccessaError
from accessa.domain.ids import NAMESPACE
from accessa.drill.chaos import Blows, Chaos
from accessa.drill.collection import Collection
from accessa.drill.desks import BilledUnit, Desks
from accessa.drill.documents import make_documents
from accessa.drill.evidence import BrokenCheck, Evidence
from accessa.drill.ground import Ground
from accessa.drill.lookout import Lookout
from accessa.drill.plan import DrillSize, plan_strokes
from accessa.drill.uploads import Uploads
from accessa.drill.verdict import Verdict, judge
from accessa.drill.victims import everything_healthy
from accessa.drill.watching import Watcher
from accessa.store.audit import Limits, run_checks
from accessa.store.database import Database

USERS = 3
_LOOK_SECONDS = 0.3
_HEAL_SECONDS = 90.0
_LEASES_TO_HEAL = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a drill did, what it left behind, and what that means."""

    size: DrillSize
    documents: int
    users: int
    blows: Blows
    refused: tuple[str, ...]
    evidence: Evidence
    verdict: Verdict
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the promise held for everything that was sent, and something was."""
        return self.verdict.passed and not self.refused and self.documents > 0


def drill(ground: Ground, size: DrillSize, watcher: Watcher) -> Outcome:
    """Drill the stack of `ground`; in bounded time, with everything healed at the end."""
    return asyncio.run(_Course(ground, size, watcher).run())


class _Course:
    def __init__(self, ground: Ground, size: DrillSize, watcher: Watcher) -> None:
        self._ground = ground
        self._size = size
        self._watcher = watcher
        self._begun = time.monotonic()
        self._users = _users(size.seed, anew=not ground.own)
        self._documents = make_documents(size.documents, size.seed, self._users)

    async def run(self) -> Outcome:
        database = Database(self._ground.services.database, "accessa-drill")
        addresses = self._ground.addresses
        try:
            async with Desks(addresses["LLAMAPARSE_URL"], addresses["OPENAI_URL"]) as desks:
                return await self._run(database, Lookout(database, self._users), desks)
        finally:
            with contextlib.suppress(AccessaError):
                await database.close()

    async def _run(self, database: Database, lookout: Lookout, desks: Desks) -> Outcome:
        await lookout.set_clock()
        bill_from = await desks.places()
        chaos = Chaos(self._ground, plan_strokes(self._size.kills, self._size.seed), lookout, desks, self._watcher.tell)
        uploads = Uploads(self._ground.addresses["API_URL"])
        async with self._shown(lookout, chaos):
            try:
                await self._disturb(chaos, uploads)
            finally:
                await desks.heal()
            self._watcher.tell("no more blows and no more faults; waiting until all is done")
            await self._heal(lookout)
        self._watcher.tell("looking at every row, file, vector and bill")
        bill = await desks.bill(bill_from)
        broken = await self._audit(database, uploads, bill)
        collection = Collection(self._ground, lookout, desks, self._documents)
        evidence = await collection.collect(uploads.acknowledged, chaos.blows, bill, broken)
        verdict = judge(evidence)
        if verdict.passed and not self._ground.own:
            await uploads.take_back(self._documents)
        return Outcome(
            size=self._size,
            documents=len({each.document_id for each in uploads.acknowledged}),
            users=len(self._users),
            blows=chaos.blows,
            refused=tuple(uploads.refused),
            evidence=evidence,
            verdict=verdict,
            seconds=time.monotonic() - self._begun,
        )

    async def _disturb(self, chaos: Chaos, uploads: Uploads) -> None:
        """Send documents as the blows go on, so that there is work for the last one too."""
        total, first = len(self._documents), 2 * self._size.workers

        def allowed() -> int:
            return total if chaos.share_done >= 1 else first + math.floor(total * chaos.share_done)

        tasks = [
            asyncio.create_task(chaos.run()),
            asyncio.create_task(uploads.send_all(self._documents, allowed)),
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _heal(self, lookout: Lookout) -> None:
        """Wait until every service works and every job has ended, but no longer than that should ever take."""
        ends = time.monotonic() + _HEAL_SECONDS + _LEASES_TO_HEAL * self._ground.lease_seconds
        while time.monotonic() < ends:
            progress = await lookout.progress()
            if progress.ended == progress.jobs and everything_healthy(self._ground):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def _audit(self, database: Database, uploads: Uploads, bill: list[BilledUnit]) -> list[BrokenCheck]:
        """Run the invariants: all of them on a stack of our own, else those that others at work cannot disturb."""
        worker = self._ground.services.worker
        findings = await run_checks(
            database,
            since=None if self._ground.own else timedelta(seconds=time.monotonic() - self._begun),
            bill=[asdict(unit) for unit in bill] if self._ground.own else None,
            acknowledged=[each.job_id for each in uploads.acknowledged],
            at_rest=self._ground.own,
            limits=Limits(worker.lease_seconds, worker.max_crashes),
        )
        return [BrokenCheck(each.check.name, tuple(each.rows) or ("could not finish",)) for each in findings]

    @contextlib.asynccontextmanager
    async def _shown(self, lookout: Lookout, chaos: Chaos) -> AsyncIterator[None]:
        showing = asyncio.create_task(self._show(lookout, chaos))
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _show(self, lookout: Lookout, chaos: Chaos) -> None:
        documents = len({document.document_id for document in self._documents})
        while True:
            progress = await lookout.progress()
            kills = len(chaos.blows.kills)
            self._watcher.moved(
                complete=progress.complete, documents=documents, kills=kills, planned_kills=self._size.kills
            )
            await asyncio.sleep(_LOOK_SECONDS)


def _users(seed: int, *, anew: bool) -> list[UUID]:
    """Return the drill's users: on a stack that stays they are new each time, as known documents need no work."""
    if anew:
        return [uuid4() for _ in range(USERS)]
    return [uuid5(NAMESPACE, f"drill:{seed}:{number}") for number in range(USERS)]
