"""Documents that kill their workers: they end after three deaths, and take nobody down with them."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from backend.tests.faults.processes import KILLED, Processes
from backend.tests.house import House

DEATHS = 3


@pytest.mark.fault(
    "K14", "a document kills its worker each time", "WORKER_CRASHED after three deaths, others complete", "L5, S16"
)
async def test_a_poisonous_document_ends_alone(house: House, processes: Processes) -> None:
    """After three deaths without progress the document fails as such; those beside it lose time and nothing else."""
    poison = await house.upload(b"poison", "p.txt")
    others = [await house.upload(f"words {number}".encode(), f"{number}.txt") for number in range(3)]
    deadly = f"submit_parse.before_effect=kill@{poison['document_id']}"
    workers = []
    for _ in range(DEATHS):
        workers.append(processes.worker(house.settings, deadly, lease_seconds=1))
        assert KILLED == await workers[-1].exit_code()
    last = processes.worker(house.settings, deadly, lease_seconds=1)
    ended = [await house.ended(job["job_id"]) for job in (poison, *others)]
    last.send(signal.SIGTERM)

    assert 0 == await last.exit_code()
    assert ("failed_parse", "WORKER_CRASHED") == (ended[0]["status"], ended[0]["error"]["code"])
    assert [("complete", 0)] * 3 == [(job["status"], job["retry_count"]) for job in ended[1:]]
    assert [False, False, True] == [alone(worker.told(), poison["job_id"]) for worker in workers]
    deaths = [event["payload"] for event in await house.events(poison["job_id"]) if event["code"] == "LEASE_EXPIRED"]
    assert [1, 2, 3] == [death["crashes"] for death in deaths]


def alone(lines: list[dict[str, Any]], job_id: str) -> bool:
    """Tell whether a worker says that it ran this job alone."""
    return any(
        line.get("event") == "A job that workers died on runs alone" for line in lines if line.get("job_id") == job_id
    )
