"""Whether the same document costs the same each time: its CPU seconds, over and over, on one stack."""

from __future__ import annotations

import asyncio
import statistics
from uuid import uuid5

from accessa.bench.bench_stack import BenchStack
from accessa.bench.conditions import VARIANCE
from accessa.bench.corpus import Document, write_corpus
from accessa.bench.meter import used
from accessa.bench.results import Figures
from accessa.bench.uploading import upload_all
from accessa.bench.watching import Watcher
from accessa.domain.ids import NAMESPACE
from accessa.drill.lookout import Lookout
from accessa.store.database import Database

# Systems count CPU in hundredths of a second, so a sample is several copies, each of another user: nothing is reused.
_COPIES, _SAMPLES, _WARM = 50, 12, 2
_LOOK_SECONDS, _LONGEST_SECONDS = 0.2, 600.0


async def measure_variance(stack: BenchStack, seed: int, watcher: Watcher) -> list[Figures]:
    """Process copies of one document of 40 kB again and again; worker and Postgres, without the first samples."""
    [document] = write_corpus("main", documents=1, seed=seed)
    database = Database(stack.ground.services.database, "accessa-bench")
    await stack.workers.start(1)
    samples: list[float] = []
    try:
        for place in range(_WARM + _SAMPLES):
            samples.append(await _sample(stack, database, document, place))
            watcher.moved("samples of the same document", place + 1, _WARM + _SAMPLES)
    finally:
        await database.close()
        stack.workers.stop()
    kept = samples[_WARM:]
    mean, deviation = statistics.mean(kept), statistics.stdev(kept)
    return [
        Figures(
            VARIANCE,
            {
                "coefficient": round(deviation / mean, 4),
                "mean_cpu_ms": round(1000 * mean / _COPIES, 2),
                "least_cpu_ms": round(1000 * min(kept) / _COPIES, 2),
                "most_cpu_ms": round(1000 * max(kept) / _COPIES, 2),
            },
        )
    ]


async def _sample(stack: BenchStack, database: Database, document: Document, place: int) -> float:
    users = [uuid5(NAMESPACE, f"bench variance {place} {copy}") for copy in range(_COPIES)]
    lookout = Lookout(database, users)
    stack.workers.hold()
    for user in users:
        await upload_all(stack.ground.addresses["API_URL"], user, [document])
    before = stack.meter.read() | {"client": stack.workers.cpu()}
    stack.workers.let_go()
    async with asyncio.timeout(_LONGEST_SECONDS):
        while not (progress := await lookout.progress()).jobs or progress.ended < progress.jobs:  # noqa: ASYNC110 - the state of other processes
            await asyncio.sleep(_LOOK_SECONDS)
    spent = used(before, stack.meter.read() | {"client": stack.workers.cpu()})
    return spent["client"] + spent["postgres"]
