"""Has workers die at failpoints, and looks at what became of their documents."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from backend.tests.faults.kill_cases import BATCH_INPUTS, BULK, Death, Way
from backend.tests.faults.processes import Child, Processes
from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, House
from backend.tests.simulators import Simulator, new_word

from accessa.domain.statuses import MOVES

WAY = [f"{move.source}>{move.target}" for move in MOVES]
_PARTS = 5
_SNAPSHOT = """
SELECT j.lease_owner IS NOT NULL AS held, j.crash_count,
    (j.status, j.progress, j.retry_count, (
        SELECT count(*) FROM upload_pipeline.events e WHERE e.job_id = j.job_id AND e.type = 'released'
    ))::text AS progress
FROM upload_pipeline.upload_jobs j WHERE j.job_id = $1
"""
_END = """
SELECT j.status, j.crash_count, j.retry_count, j.lease_owner,
    (SELECT count(*) FROM upload_pipeline.events e WHERE e.job_id = j.job_id AND e.code = 'LEASE_EXPIRED') AS deaths,
    ARRAY(
        SELECT e.from_status || '>' || e.to_status FROM upload_pipeline.events e
        WHERE e.job_id = j.job_id AND e.type = 'transition' ORDER BY e.event_id
    ) AS moves,
    (SELECT count(*) FROM upload_pipeline.document_vector_buffer v WHERE v.document_id = j.document_id) AS vectors,
    ARRAY(
        SELECT encode(sha256(convert_to(format(E'%s\\n%s\\n%s', j.embed_model, $2::integer, c.text), 'UTF8')), 'hex')
        FROM upload_pipeline.document_chunk_buffer c WHERE c.document_id = j.document_id
    ) AS units
FROM upload_pipeline.upload_jobs j
WHERE j.job_id = $1
"""
# As if the lease had run out long after the last sign of life.
_NOBODY_LIVES = "DELETE FROM upload_pipeline.workers"
_DUE = "UPDATE upload_pipeline.upload_jobs SET available_at = $2::text::timestamptz WHERE job_id = $1"


@dataclass(frozen=True, slots=True)
class Died:
    """A death as it was: the exit code, and the job as the dead worker left it."""

    exit_code: int
    held: bool
    crash_count: int
    progress: str


@dataclass(slots=True)
class Story:
    """One document: the deaths of its workers, and its end."""

    job_id: str
    word: str
    died: list[Died] = field(default_factory=list)
    end: dict[str, Any] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    bought: Counter[str] = field(default_factory=Counter)


class Killing:
    """A house in which workers die, one at a time."""

    def __init__(self, house: House, processes: Processes) -> None:
        """Take a house; its batches become small and its looks frequent."""
        self.house = house.with_settings(
            embed={
                "bulk_poll_seconds": 0.02,
                "bulk_poll_max_seconds": 0.05,
                "batch_inputs": BATCH_INPUTS,
                "batches_in_flight": 1,
            },
            parse={"poll_seconds": 0.05},
            # Nobody looks for work while a document waits for the next death.
            worker={
                "jobs_at_once": 1,
                "lease_seconds": 600,
                "drain_seconds": 0,
                "max_crashes": 1000,
                "jobs_per_user": 0,
            },
        )
        self._processes = processes
        self._played: Way | None = None
        self._sql: Any = None
        self._embedder, self._parser = (Simulator(house.outside, name) for name in ("openai", "llamaparse"))

    async def begin(self) -> None:
        """Forget what was billed before."""
        await self._embedder.begin()
        await self._parser.begin()
        # One connection for all that is asked and changed behind the product's back: each new one costs a process.
        self._sql = await asyncpg.connect(self.house.settings.database.url.get_secret_value())

    async def end(self) -> None:
        """Leave the house."""
        await self._sql.close()

    async def sent(self, way: Way) -> Story:
        """Upload a document that comes to its death in this way."""
        word = new_word()
        lane, name = ("bulk", "a.md") if way in BULK else ("interactive", "a.html")
        content = _text(word) if way in BULK else _page(word)
        answer = await self.house.api.post("/documents", params={"lane": lane}, files={"file": (name, content)})
        assert 202 == answer.status_code, answer.text
        return Story(answer.json()["job_id"], word)

    async def kill(self, story: Story, death: Death) -> None:
        """Have a worker die on the document as told; then nobody claims it until `let_go`."""
        await self._play(story, death.way)
        hung = await self._embedder.played("hang")
        child = self._processes.worker(self.house.settings, death.armed)
        if death.way is Way.STOPPED:
            await self._stop_in_a_call(child, hung)
        code = await child.exit_code()
        await self._sql.execute(_DUE, UUID(story.job_id), "infinity")
        story.died.append(Died(code, **await self._sql.fetchrow(_SNAPSHOT, UUID(story.job_id))))

    async def let_go(self, story: Story) -> None:
        """Let the lease of the dead worker run out."""
        await self._sql.execute(_NOBODY_LIVES)
        await self._sql.execute(_DUE, UUID(story.job_id), "-infinity")

    async def finish(self, stories: list[Story]) -> None:
        """Have a worker that nobody kills finish the documents, and look at them."""
        await self._embedder.play(batch_delay=0)
        async with self.house.worker(jobs_at_once=8):
            for story in stories:
                await self.house.ended(story.job_id)
        billed = Counter(row["unit_key"] for row in await self._embedder._bill(self._embedder._begun))
        for story in stories:
            row = await self._sql.fetchrow(_END, UUID(story.job_id), self.house.settings.embed.dimensions)
            story.end = dict(row)
            story.bought = Counter({unit: billed[unit] for unit in row["units"]})
            answer = (await self.house.api.post("/search", json={"query": story.word, "limit": 1})).json()
            story.found = [hit["text"] for hit in answer["results"]]

    async def pages_billed(self) -> tuple[int, int]:
        """Return how many pages were billed, and how many of them more than once."""
        return await self._parser.billed()

    async def _play(self, story: Story, way: Way) -> None:
        if way is self._played and way is not Way.STOPPED:
            return
        self._played = way
        hang = [{"kind": "hang", "document": story.word, "times": 1}] if way is Way.STOPPED else []
        await self._embedder.play(*hang, batch_delay=600 if way is Way.ORDERED else 0)

    async def _stop_in_a_call(self, child: Child, hung_before: int) -> None:
        """Tell the worker to stop while it waits for vectors that never come."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self._embedder.played("hang") == hung_before:
                await asyncio.sleep(LOOK_SECONDS)
        child.send(signal.SIGTERM)


def _text(word: str) -> bytes:
    """Return a text of several chunks, each of its own words."""
    parts = (f"# Part {part} {word}\n\n" + f"Sentence of {word} number {part}. " * 12 for part in range(_PARTS))
    return "\n\n".join(parts).encode()


def _page(word: str) -> bytes:
    """Return a web page of several chunks, each of its own words."""
    parts = (
        f"<h1>Part {part} {word}</h1><p>{f'Sentence of {word} number {part}. ' * 12}</p>" for part in range(_PARTS)
    )
    return f"<html><body>{''.join(parts)}</body></html>".encode()
