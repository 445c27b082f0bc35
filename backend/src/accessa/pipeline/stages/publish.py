"""embeddings_stored → complete: the new set becomes the live one, and the one it replaces goes."""

from __future__ import annotations

from collections.abc import Sequence

from accessa.domain.job import Job
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Findings, Outcome, Step
from accessa.pipeline.services import Services
from accessa.store.documents import publish_sets
from accessa.store.effects import SharedEffect


async def publish(job: Job, _services: Services, _desk: Desk) -> Outcome:
    """Swap the sets in one transaction; the database itself refuses `complete` unless everything is there."""
    return Step(job, write=_write)


async def _write(effect: SharedEffect, _services: Services, steps: Sequence[Step]) -> Findings:
    await publish_sets(effect.connection, [step.job for step in steps])
    return {}
