"""parse_validated → chunking: the set that this text makes under this chunker is opened."""

from __future__ import annotations

from accessa.domain.file_types import BY_MIME
from accessa.domain.ids import set_id
from accessa.domain.job import Job
from accessa.domain.provider_identity import OURSELVES
from accessa.domain.statuses import Status
from accessa.pipeline.outcome import Outcome
from accessa.pipeline.services import Services
from accessa.store import chunks


async def open_chunk_set(job: Job, services: Services) -> Outcome:
    """Open the set under its deterministic id; an open one, of this or an earlier job, goes on to be used."""
    parsed_sha256 = str(job.parsed_sha256)
    made_by = services.parser.identity if BY_MIME[job.mime].needs_parser else OURSELVES
    new_set = set_id(job.document_id, parsed_sha256, *job.chunker)
    async with services.fenced(job) as effect:
        await chunks.open_chunk_set(
            effect.connection, new_set, job.document_id, parsed_sha256, job.chunker, provider=made_by
        )
        return await effect.advance(Status.CHUNKING, set_id=new_set)
