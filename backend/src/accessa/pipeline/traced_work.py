"""What traces tell of a job's work: ids, how often it was tried, how it went; and nothing of the document."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from accessa.domain.job import Job
from accessa.domain.statuses import move_from
from accessa.pipeline.outcome import Outcome, Step, Waiting
from accessa.telemetry import traces

_UNTRACED = nullcontext(traces.NO_SPAN)


def stage_span(job: Job) -> AbstractContextManager[traces.Span]:
    """Open the span of a stage that begins, in the trace of its document."""
    return work_span(job, f"stage {move_from(job.status).stage}") if traces.is_on() else _UNTRACED


def work_span(job: Job, name: str) -> AbstractContextManager[traces.Span]:
    """Open a span of work on a job, in the trace of its document."""
    if not traces.is_on():
        return _UNTRACED
    return traces.span_under(
        job.trace_context,
        name,
        kind="consumer",
        job_id=str(job.job_id),
        document_id=str(job.document_id),
        correlation_id=str(job.correlation_id),
        status=job.status.value,
        attempt=job.attempts_in_row + 1,
        lease_epoch=job.lease_epoch,
    )


def note_outcome(span: traces.Span, outcome: Outcome) -> None:
    """Tell what a stage came to: the status that it leads to, or that it waits."""
    if span is traces.NO_SPAN:
        return
    if isinstance(outcome, Waiting):
        span.note(outcome="waiting", waits_seconds=outcome.seconds)
    else:
        span.note(outcome=(outcome.target if isinstance(outcome, Step) else outcome.status).value)
