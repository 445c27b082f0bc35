"""What holds documents up most, named with its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from accessa.domain.statuses import MOVES
from accessa.observe.performance.evidence import Evidence, Row, StageTime
from accessa.observe.performance.trend import LEAST_RUNS, compare

_SOURCE_OF = {move.stage: move.source for move in MOVES}
_FULL = 0.95
_MANY_WAIT = 10
_LONG_WAIT = 2.0
_LITTLE_LEFT = 0.1


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """What it is; `kind` is none, worker, provider, budget, slots, database or stage; `evidence` are sentences."""

    kind: str
    name: str
    sentence: str
    evidence: tuple[str, ...] = ()


def find_bottleneck(evidence: Evidence) -> Bottleneck:
    """Name the one thing that most deserves a look: what stops work first, then what slows it down."""
    suspects = (_no_worker, _stopped_provider, _budget, _provider_limit, _database, _slots, _stage)
    found = (found for suspect in suspects for found in suspect(evidence))
    return next(found, Bottleneck("none", "", _nothing(evidence)))


def _nothing(evidence: Evidence) -> str:
    runs = sum(time.runs for time in evidence.stages)
    return f"not enough data: {runs} runs of stages in this time, {LEAST_RUNS} are needed"


def _working(evidence: Evidence) -> list[Row]:
    return [row for row in evidence.workers if row["alive"] and row["state"] in {"running", "stalled"}]


def _no_worker(evidence: Evidence) -> Iterator[Bottleneck]:
    waiting = evidence.flow["due"]
    if waiting and not _working(evidence):
        sentence = f"no worker is alive, and {_jobs(waiting, 'waits', 'wait')} for one"
        yield Bottleneck("worker", "workers", sentence)


def _stopped_provider(evidence: Evidence) -> Iterator[Bottleneck]:
    for gate in evidence.gates:
        if gate["stops"]:
            sentence = f"no calls to {gate['provider']} go out: its circuit is {gate['state']} ({gate['reason']})"
            yield Bottleneck("provider", gate["provider"], sentence, (_at_gates(evidence),))


def _budget(evidence: Evidence) -> Iterator[Bottleneck]:
    parked = evidence.flow["parked"]
    if parked:
        yield Bottleneck("budget", "budget", f"{_jobs(parked, 'waits', 'wait')} for a budget to have room")


def _provider_limit(evidence: Evidence) -> Iterator[Bottleneck]:
    for gate in evidence.gates:
        signs = tuple(_signs_of_limit(gate))
        if signs and evidence.flow["waiting_for_provider"]:
            sentence = f"{gate['provider']} takes no more requests than it is sent"
            yield Bottleneck("provider", gate["provider"], sentence, (*signs, _at_gates(evidence)))


def _signs_of_limit(gate: Row) -> Iterator[str]:
    if gate["paused_seconds"]:
        yield f"it asked for a pause of {gate['paused_seconds']:.0f} s more"
    for unit in ("requests", "tokens"):
        limit, left = gate[f"{unit}_limit"], gate[f"{unit}_left"]
        if limit and left is not None and left < _LITTLE_LEFT * limit:
            yield f"{max(0.0, left):,.0f} of {limit:,.0f} {unit} a minute are left"


def _at_gates(evidence: Evidence) -> str:
    return f"{_jobs(evidence.flow['waiting_for_provider'], 'waits', 'wait')} at the gates of providers"


def _database(evidence: Evidence) -> Iterator[Bottleneck]:
    for row in _working(evidence):
        vitals = _vitals(row)
        used, limit = vitals.get("pool_used", 0.0), vitals.get("pool_limit", 0.0)
        if limit and used >= limit and evidence.flow["unfinished"] >= _MANY_WAIT:
            sentence = f"all {limit:.0f} database connections of worker {row['worker_id']} are in use"
            yield Bottleneck("database", "connections", sentence, ("DATABASE_POOL_SIZE sets how many there are",))


def _slots(evidence: Evidence) -> Iterator[Bottleneck]:
    working = [(row["jobs_in_hand"], _vitals(row).get("in_hand_limit")) for row in _working(evidence)]
    limits = sum(limit for _, limit in working if limit)
    held = sum(jobs for jobs, limit in working if limit)
    due = evidence.flow["due"]
    if limits and held >= _FULL * limits and due >= _MANY_WAIT:
        sentence = f"the workers are full: {held:,} of {limits:,.0f} places are taken, {due:,} jobs are due"
        yield Bottleneck("slots", "workers", sentence, ("more workers, or WORKER_JOBS_AT_ONCE, make more places",))


def _stage(evidence: Evidence) -> Iterator[Bottleneck]:
    runs = sum(time.runs for time in evidence.stages)
    if runs < LEAST_RUNS:
        return
    busy = sum(time.seconds for time in evidence.stages)
    slowest = max(evidence.stages, key=lambda time: _weight(evidence, time))
    share = slowest.seconds / busy if busy else 0.0
    yield Bottleneck(
        "stage",
        slowest.stage,
        f"{slowest.stage} takes {share:.0%} of the busy time",
        tuple(_evidence_of(evidence, slowest)),
    )


def _weight(evidence: Evidence, time: StageTime) -> float:
    """Return the seconds that a stage took; what stands in front of it counts as what it would take."""
    queue = evidence.queues.get(_SOURCE_OF.get(time.stage, ""))
    return time.seconds + (queue["waiting"] * time.mean if queue else 0.0)


def _evidence_of(evidence: Evidence, time: StageTime) -> Iterator[str]:
    yield f"{time.runs:,} runs, mean {time.mean:.3g} s, 95 of 100 up to about {time.p95:.3g} s"
    source = _SOURCE_OF.get(time.stage, "")
    queue = evidence.queues.get(source)
    if queue and queue["waiting"]:
        yield f"{_jobs(queue['waiting'], 'stands', 'stand')} in front of it"
    else:
        yield "no job stands in front of it, so it holds nobody up at this moment"
    wait = evidence.waits.get(source)
    if wait and wait["mean_seconds"] - time.mean > _LONG_WAIT:
        waited = wait["mean_seconds"] - time.mean
        yield f"documents waited {waited:.1f} s in {source} on average before it ran ({wait['jobs']:,} documents)"
    trend = compare(time, evidence.usual.get(time.stage))
    if trend.factor is not None:
        yield trend.sentence


def _vitals(row: Row) -> dict[str, float]:
    vitals = row["vitals"] if isinstance(row["vitals"], dict) else orjson.loads(row["vitals"])
    return {name: float(value) for name, value in vitals.items() if isinstance(value, int | float)}


def _jobs(number: int, one: str, many: str) -> str:
    return f"{number:,} {f'job {one}' if number == 1 else f'jobs {many}'}"
