"""parse_validated → chunking: the set that this text makes under this chunker is opened."""

from __future__ import annotations

from collections.abc import Sequence

from accessa.domain.file_types import BY_MIME
from accessa.domain.ids import set_id
from accessa.domain.job import Job
from accessa.domain.provider_identity import OURSELVES
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Findings, Outcome, Step
from accessa.pipeline.services import Services
from accessa.store.chunks import ChunkSet, open_chunk_sets
from accessa.store.effects import Facts, SharedEffect


async def open_chunk_set(job: Job, services: Services, _desk: Desk) -> Outcome:
    """Open the set under its deterministic id; an open one, of this or an earlier job, goes on to be used."""
    parsed_sha256 = str(job.parsed_sha256)
    made_by = services.parser.identity if BY_MIME[job.mime].needs_parser else OURSELVES
    new_set = set_id(job.document_id, parsed_sha256, *job.chunker)
    content = ChunkSet(new_set, job.document_id, parsed_sha256, job.chunker, made_by)
    return Step(job, Facts(set_id=new_set), _write, content)


async def _write(effect: SharedEffect, _services: Services, steps: Sequence[Step]) -> Findings:
    effect.new_sets |= await open_chunk_sets(effect.connection, [step.content for step in steps])
    return {}
