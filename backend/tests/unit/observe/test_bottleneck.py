"""Which one thing is named as the bottleneck, and with what evidence."""

from __future__ import annotations

from typing import Any

import pytest

from accessa.observe.performance.bottleneck import find_bottleneck
from accessa.observe.performance.evidence import Evidence, StageTime

WORKER = {
    "worker_id": "w-1",
    "state": "running",
    "alive": True,
    "jobs_in_hand": 4,
    "vitals": {"in_hand_limit": 256, "pool_used": 2, "pool_limit": 8},
}
GATE: dict[str, Any] = {
    "provider": "mock-openai",
    "state": "closed",
    "reason": None,
    "stops": False,
    "paused_seconds": 0.0,
    "requests_limit": 3000.0,
    "requests_left": 2900.0,
    "tokens_limit": None,
    "tokens_left": None,
}
FLOW = {"due": 0, "unfinished": 0, "waiting_for_provider": 0, "parked": 0}
STAGES = [StageTime("embed_batches", 100, 60.0, 0.5, 1.0), StageTime("store_chunks", 100, 40.0, 0.5, 1.0)]


def evidence(**changes: Any) -> Evidence:
    """Return the evidence of a system that is well, `changes` over it; those of flow and gate by name."""
    flow = FLOW | {name: changes.pop(name) for name in FLOW if name in changes}
    gate = GATE | changes.pop("gate", {})
    plain: dict[str, Any] = {
        "window": 3600.0,
        "stages": STAGES,
        "usual": {},
        "flow": flow,
        "queues": {},
        "waits": {},
        "levels": [],
        "pace": [],
        "calls": [],
        "gates": [gate],
        "workers": [WORKER],
        "sizes": {},
    }
    return Evidence(**(plain | changes))


@pytest.mark.parametrize(
    ("changes", "kind", "part"),
    [
        ({"due": 7, "workers": []}, "worker", "7 jobs wait for one"),
        ({"gate": {"stops": True, "state": "open", "reason": "PROVIDER_DOWN"}}, "provider", "its circuit is open"),
        ({"parked": 1}, "budget", "1 job waits for a budget"),
        ({"gate": {"requests_left": 12.0}, "waiting_for_provider": 30}, "provider", "takes no more requests"),
        ({"due": 50, "unfinished": 300, "workers": [WORKER | {"jobs_in_hand": 256}]}, "slots", "256 of 256 places"),
        (
            {"unfinished": 20, "workers": [WORKER | {"vitals": {"pool_used": 8, "pool_limit": 8}}]},
            "database",
            "all 8 database connections",
        ),
        ({}, "stage", "embed_batches takes 60% of the busy time"),
        ({"stages": [StageTime("publish", 19, 3.0, 0.1, 0.5)]}, "none", "not enough data: 19 runs"),
    ],
)
def test_what_stops_work_comes_before_what_slows_it(changes: dict[str, Any], kind: str, part: str) -> None:
    """Each sign by itself is named; a stage only when nothing else holds documents up."""
    found = find_bottleneck(evidence(**changes))
    assert (kind, True) == (found.kind, part in found.sentence)


def test_a_queue_makes_the_stage_behind_it_the_bottleneck() -> None:
    """The stage in front of which jobs stand is named before one that took longer and lets everything through."""
    queues = {"chunking": {"jobs": 500, "waiting": 400}}
    found = find_bottleneck(evidence(queues=queues))

    assert "store_chunks" == found.name
    assert "400 jobs stand in front of it" in found.evidence


def test_limits_without_anybody_waiting_are_no_bottleneck() -> None:
    """A provider whose limit is nearly used up holds nobody up while no job waits for it."""
    assert "stage" == find_bottleneck(evidence(gate={"requests_left": 1.0})).kind
