"""embeddings_stored → complete: the new set becomes the live one, and the one it replaces goes."""

from __future__ import annotations

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services
from accessa.store.documents import publish_set


async def publish(job: Job, services: Services) -> Outcome:
    """Swap the sets in one transaction; the database itself refuses `complete` unless everything is there."""
    async with services.fenced(job) as effect:
        await publish_set(
            effect.connection,
            job.document_id,
            job.require_set(),
            model=job.embed_model,
            version=job.embed_version,
        )
        done = await effect.advance(Status.COMPLETE)
        await effect.release()
        return done
