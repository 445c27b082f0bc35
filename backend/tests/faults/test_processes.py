"""The harness itself: real processes that die, freeze and stop as they are told."""

from __future__ import annotations

import signal

import httpx
import pytest
from backend.tests.faults.processes import KILLED, Processes
from backend.tests.house import House

from accessa.domain.addresses import trust_for


async def test_a_worker_dies_at_its_failpoint_and_another_one_goes_on(house: House, processes: Processes) -> None:
    """A worker is killed where it was told to be; the next one takes its job when the lease is over."""
    accepted = await house.upload(b"words", "a.txt")
    first = processes.worker(house.settings, "claim.after_commit=kill", lease_seconds=1)
    assert KILLED == await first.exit_code()
    second = processes.worker(house.settings)
    assert "complete" == (await house.ended(accepted["job_id"]))["status"]
    second.send(signal.SIGTERM)

    assert 0 == await second.exit_code()
    assert ["claim.after_commit=kill"] == next(line["failpoints"] for line in first.told() if "failpoints" in line)


async def test_a_frozen_worker_goes_on_when_it_is_woken(house: House, processes: Processes) -> None:
    """A worker that freezes at a failpoint finishes its job when it is woken within its lease."""
    accepted = await house.upload(b"words", "a.txt")
    worker = processes.worker(house.settings, "publish.before_commit=stop")
    await worker.frozen()
    assert "embedding_in_progress" == (await house.job(accepted["job_id"]))["status"]
    worker.send(signal.SIGCONT)

    assert "complete" == (await house.ended(accepted["job_id"]))["status"]


async def test_an_api_process_serves_and_dies(house: House, processes: Processes) -> None:
    """An API of its own answers at its address, and dies at its failpoint before it answers an upload."""
    child = processes.api(house.settings, "upload.after_row_before_response=kill")
    async with httpx.AsyncClient(
        base_url=child.address, headers=house.api.headers, verify=trust_for(child.address)
    ) as api:
        assert 200 == (await api.get("/health")).status_code
        with pytest.raises(httpx.TransportError):
            await api.post("/documents", files={"file": ("a.txt", b"words")})

    assert KILLED == await child.exit_code()
    assert (await house.upload(b"words", "a.txt"))["duplicate"]
