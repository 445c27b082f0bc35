"""What the tests of provider faults share: one document a fault, all carried by one worker, and what became of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from accessa.domain.addresses import trust_for

if TYPE_CHECKING:
    from backend.tests.house import House, Outside


@dataclass(frozen=True, slots=True)
class End:
    """How a document ended: status, error code, counted attempts and whether its text is found."""

    status: str
    code: str | None = None
    attempts: int = 0


WELL = End("complete")
_PATIENCE_SECONDS = 20.0


class Simulator:
    """The control desk of a simulator and its bill since the test began."""

    def __init__(self, outside: Outside, name: str) -> None:
        """Know the desk of `llamaparse` or `openai`."""
        self._address = getattr(outside, name)
        self._begun = 0

    async def reset(self) -> None:
        """Empty the simulator."""
        await self._ask("POST", "/_control/reset")

    async def begin(self) -> None:
        """Forget what was billed before."""
        self._begun = max((row["entry"] for row in await self._bill(0)), default=0)

    async def play(self, *faults: Mapping[str, Any], **values: Any) -> None:
        """Play these faults from now on, in place of all others."""
        await self._ask("PATCH", "/_control", json={"faults": list(faults), **values})

    async def played(self, kind: str) -> int:
        """Return how often faults of this kind were played since the simulator started."""
        return int((await self._ask("GET", "/_control"))["faults_played"].get(kind, 0))

    async def billed(self) -> tuple[int, int]:
        """Return how many units were billed since the test began, and how many of them more than once."""
        units = [row["unit_key"] for row in await self._bill(self._begun)]
        return len(units), len(units) - len(set(units))

    async def billed_at_last(self, units: int) -> tuple[int, int]:
        """Return what was billed once it has reached `units`; a slow answer is billed after its caller has gone."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (billed := await self.billed())[0] < units and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        return billed

    async def rows(self) -> list[dict[str, Any]]:
        """Return the bill since the test began."""
        return await self._bill(self._begun)

    async def _bill(self, after: int) -> list[dict[str, Any]]:
        answer = await self._ask("GET", "/_control/bill", params={"after": after, "limit": 100_000})
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    async def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(base_url=self._address, verify=trust_for(self._address)) as client:
            response = await client.request(method, path, **request)
        assert 200 == response.status_code, response.text
        answer: dict[str, Any] = response.json()
        return answer


def page(word: str) -> bytes:
    """Return a web page, which needs the parse provider, with a word of its own."""
    return f"<html><body><h1>{word}</h1><p>All about {word} in one sentence.</p></body></html>".encode()


def new_word() -> str:
    """Return a word that no other document has."""
    return f"w{uuid4().hex}"


async def ends(house: House, jobs: Mapping[str, str]) -> dict[str, End]:
    """Wait until every job has ended; return how, under the names that `jobs` gives them."""
    found = {}
    for name, job_id in jobs.items():
        job = await house.ended(job_id)
        code = job["error"]["code"] if job["error"] else None
        found[name] = End(job["status"], code, job["retry_count"])
    return found


@pytest.fixture
async def embedder(outside: Outside) -> AsyncIterator[Simulator]:
    """The embedding simulator, without faults before and after."""
    simulator = Simulator(outside, "openai")
    await simulator.play()
    await simulator.begin()
    yield simulator
    await simulator.play()
