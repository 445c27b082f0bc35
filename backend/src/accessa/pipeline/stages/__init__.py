"""The stages, one thin file each, and the registry that says which one serves a status."""

from __future__ import annotations

from accessa.domain.file_types import BY_MIME
from accessa.domain.job import Job
from accessa.domain.statuses import MOVES, Status
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Stage
from accessa.pipeline.stages.collect_parse import collect_parse
from accessa.pipeline.stages.embed_batches import embed_batches
from accessa.pipeline.stages.open_chunk_set import open_chunk_set
from accessa.pipeline.stages.plan_batches import plan_batches
from accessa.pipeline.stages.publish import publish
from accessa.pipeline.stages.start_embedding import start_embedding
from accessa.pipeline.stages.store_chunks import store_chunks
from accessa.pipeline.stages.submit_parse import submit_parse
from accessa.pipeline.stages.validate_parse import validate_parse

_BY_NAME: dict[str, Stage] = {
    stage.__name__: stage
    for stage in (
        submit_parse,
        collect_parse,
        validate_parse,
        open_chunk_set,
        store_chunks,
        plan_batches,
        start_embedding,
        embed_batches,
        publish,
    )
}

STAGES: dict[Status, Stage] = {move.source: _BY_NAME[move.stage] for move in MOVES}


def begins_alone(job: Job, desk: Desk) -> bool:
    """Tell whether the job's next stage works on the database or with a provider itself.

    Then all that came before it has to be committed; any other stage only prepares what is written later.
    """
    if job.status in {Status.UPLOADED, Status.PARSE_QUEUED}:
        return BY_MIME[job.mime].needs_parser
    if job.status is Status.CHUNKING:
        return desk.text is None
    return job.status is Status.EMBEDDING_IN_PROGRESS
