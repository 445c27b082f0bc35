"""Lets the planned blows fall, one after another, on workers that are at work."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from accessa.drill.desks import Desks
from accessa.drill.evidence import Kill
from accessa.drill.ground import Ground
from accessa.drill.lookout import Lookout
from accessa.drill.plan import Blow, Stroke
from accessa.drill.victims import Holder, Victim, healthy_workers, let_all_go_on, service
from accessa.drill.waiting import until
from accessa.stack.postgres import wait_until_answering
from accessa.stack.processes import is_alive

_LOOK_SECONDS = 0.1
_BUSY_PATIENCE_SECONDS = 6.0
_PATIENCE_SECONDS = 30.0
_DATABASE_SECONDS = 60.0
_LEAST_SECONDS, _SECONDS_OF_STROKE = 120.0, 6.0
_BEYOND_LEASE_SECONDS = 0.5
_LONGEST_FROZEN_LEASE = 10.0
_SPARED_CRASHES = 2
"""A job that has been through so many deaths without progress is spared: by design a further one may end it."""


@dataclass(slots=True)
class Blows:
    """What fell, for the verdict: times are those of the database's clock."""

    kills: list[Kill] = field(default_factory=list)
    outages: list[tuple[float, float]] = field(default_factory=list)
    counts: Counter[Blow] = field(default_factory=Counter)
    busy_kills: int = 0


class Chaos:
    """Plays the strokes of a plan; `done` of them have fallen or were given up."""

    def __init__(
        self, ground: Ground, strokes: Sequence[Stroke], lookout: Lookout, desks: Desks, tell: Callable[[str], None]
    ) -> None:
        """Take the ground and what is planned for it."""
        self._ground = ground
        self._strokes = strokes
        self._lookout = lookout
        self._desks = desks
        self._tell = tell
        self._frozen: dict[int, Victim] = {}
        self._thaws: set[asyncio.Task[None]] = set()
        self.blows = Blows()
        self.done = 0

    @property
    def share_done(self) -> float:
        """How far it has come, from 0 to 1."""
        return self.done / len(self._strokes)

    async def run(self) -> None:
        """Let the strokes fall, in bounded time; whatever happens, nothing stays frozen."""
        ends = time.monotonic() + _LEAST_SECONDS + _SECONDS_OF_STROKE * len(self._strokes)
        try:
            for number, stroke in enumerate(self._strokes):
                if time.monotonic() > ends:
                    self._tell(f"time is up; {len(self._strokes) - number} planned blows are left out")
                    self.done = len(self._strokes)
                    break
                await asyncio.sleep(stroke.pause)
                await self._strike(stroke, number)
                self.done += 1
            if self._thaws:
                await asyncio.wait(self._thaws)
        finally:
            for thaw in self._thaws:
                thaw.cancel()
            let_all_go_on(self._frozen.values())

    async def _strike(self, stroke: Stroke, number: int) -> None:
        fell = {
            "kill": self._kill_worker,
            "stop": self._freeze_worker,
            "database": self._restart_database,
            "api": self._kill_api,
            "faults": self._change_faults,
        }[stroke.blow]
        self.blows.counts[stroke.blow] += await fell(stroke, number)

    async def _kill_worker(self, stroke: Stroke, _number: int) -> bool:
        victim, holder = await self._choose(stroke.draw)
        if victim is None or not victim.kill():
            return False
        self.blows.kills.append(Kill(holder.worker_id if holder else None, self._lookout.database_time()))
        self.blows.busy_kills += holder is not None
        self._tell(f"killed {victim.name}{_in_hand(holder)}")
        return True

    async def _freeze_worker(self, stroke: Stroke, _number: int) -> bool:
        """Freeze a worker past its lease, then let it go on among those who have taken its jobs."""
        lease = self._ground.lease_seconds
        if lease > _LONGEST_FROZEN_LEASE:
            return False
        victim, holder = await self._choose(stroke.draw)
        if victim is None or not victim.stop():
            return False
        seconds = lease + _BEYOND_LEASE_SECONDS + stroke.draw * 2
        self._frozen[victim.process.pid] = victim
        self._tell(f"froze {victim.name}{_in_hand(holder)} for {seconds:.1f} s, longer than its lease")
        thaw = asyncio.create_task(self._thaw(victim, seconds))
        self._thaws.add(thaw)
        thaw.add_done_callback(self._thaws.discard)
        return True

    async def _thaw(self, victim: Victim, seconds: float) -> None:
        await asyncio.sleep(seconds)
        victim.go_on()
        self._frozen.pop(victim.process.pid, None)

    async def _restart_database(self, _stroke: Stroke, _number: int) -> bool:
        victim = service(self._ground, "postgres")
        down = self._lookout.database_time()
        if victim is None or not victim.quit_at_once():
            return False
        await until(lambda: not is_alive(victim.process), _DATABASE_SECONDS)
        await wait_until_answering(self._ground.services.database.url.get_secret_value(), _DATABASE_SECONDS)
        self.blows.outages.append((down, self._lookout.database_time()))
        self._tell(f"shut Postgres down at once; it was away for {self.blows.outages[-1][1] - down:.1f} s")
        return True

    async def _kill_api(self, _stroke: Stroke, _number: int) -> bool:
        victim = service(self._ground, "api-server")
        if victim is None or not victim.kill():
            return False
        self._tell("killed the API")
        return True

    async def _change_faults(self, stroke: Stroke, number: int) -> bool:
        await self._desks.play(stroke.embedding_faults, stroke.parse_faults, number)
        kinds = [fault["kind"] for fault in (*stroke.embedding_faults, *stroke.parse_faults)]
        self._tell(f"the providers now play {', '.join(kinds)}")
        return True

    async def _choose(self, draw: float) -> tuple[Victim | None, Holder | None]:
        """Return a worker with jobs in its hands; one at rest only when all have rested for a while.

        Another worker has to be left: what is measured is how soon it takes over.
        """
        begun = time.monotonic()
        while (waited := time.monotonic() - begun) < _PATIENCE_SECONDS:
            holders = {holder.pid: holder for holder in await self._lookout.holders()}
            free = [each for each in healthy_workers(self._ground) if each.process.pid not in self._frozen]
            busy = [each for each in free if _may_be_hit(holders.get(each.process.pid))]
            candidates = busy or (free if waited > _BUSY_PATIENCE_SECONDS and not holders else [])
            if len(free) > 1 and candidates:
                victim = candidates[int(draw * len(candidates))]
                return victim, holders.get(victim.process.pid)
            await asyncio.sleep(_LOOK_SECONDS)
        return None, None


def _may_be_hit(holder: Holder | None) -> bool:
    return holder is not None and holder.crashes < _SPARED_CRASHES


def _in_hand(holder: Holder | None) -> str:
    if holder is None:
        return " at rest"
    return f" with {holder.jobs} job{'s' if holder.jobs > 1 else ''} in hand"
