"""uploaded → parse_queued: the parse is asked for; text files and known results need no provider."""

from __future__ import annotations

from accessa.domain.file_types import BY_MIME
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.desk import Desk
from accessa.pipeline.outcome import Outcome, Step
from accessa.pipeline.parse_submission import keep, recorded_parse, submit
from accessa.pipeline.services import Services


async def submit_parse(job: Job, services: Services, _desk: Desk) -> Outcome:
    """Ask the provider for the text, unless the file is text already or its text has been bought before."""
    if not BY_MIME[job.mime].needs_parser or await recorded_parse(job, services):
        return Step(job)
    submission = await submit(job, services)
    return await keep(job, services, submission, lambda effect: effect.advance(Status.PARSE_QUEUED))
