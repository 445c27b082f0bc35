"""What the log says of a job on each line, and of a call that several jobs share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.job_log import shared_call, told_of, work_on
from accessa.telemetry.log_context import merge_bound, outgoing_headers


def job(**changes: Any) -> Job:
    """Return a job that embeds at its second try, under its third lease."""
    ids: dict[str, Any] = {name: uuid4() for name in ("job_id", "document_id", "user_id", "correlation_id")}
    texts: dict[str, Any] = dict.fromkeys(
        ("raw_path", "mime", "file_sha256", "chunks_version", "embed_model", "embed_version"), "x"
    )
    own = {"status": Status.EMBEDDING_IN_PROGRESS, "lease_epoch": 3, "attempts_in_row": 1, **changes}
    return Job(**ids, **texts, bytes_len=1, lease_owner="w", max_attempts=8, **own)


def fields() -> dict[str, object]:
    """Return what a line would carry now."""
    return dict(merge_bound(None, "info", {}))


def test_each_line_of_a_job_says_whose_and_which_it_is() -> None:
    """Ids, stage, attempt from 1, and the epoch of the lease."""
    one = job()
    with work_on(one):
        told = fields()

    assert {
        "correlation_id": str(one.correlation_id),
        "job_id": str(one.job_id),
        "document_id": str(one.document_id),
        "stage": "embed_batches",
        "attempt": 2,
        "epoch": 3,
    } == told
    assert "stage" not in told_of(job(status=Status.COMPLETE))


def test_a_call_of_one_job_is_told_under_it() -> None:
    """Also when it holds several of its batches."""
    one = job()
    with shared_call([one, one]):
        told = fields()

    assert told_of(one).items() <= told.items()


def test_a_shared_call_is_told_under_no_job() -> None:
    """The provider learns the first upload's id and the call's own, by which the others are found."""
    first, second = job(), job()
    with work_on(job()), shared_call([first, second, first]):
        told, sent = fields(), outgoing_headers()

    assert {"correlation_id", "stage", "jobs", "job_ids", "call_id"} == told.keys()
    assert (str(first.correlation_id), 3) == (told["correlation_id"], told["jobs"])
    assert [str(first.job_id), str(second.job_id)] == told["job_ids"]
    assert {"X-Correlation-Id": str(first.correlation_id), "X-Client-Request-Id": told["call_id"]} == sent


def test_a_call_that_very_many_share_names_no_more_than_twenty() -> None:
    """A line stays short; whoever is not on it has a line of its own with the id of the call."""
    with shared_call([job() for _ in range(30)]):
        told = fields()

    assert (30, 20) == (told["jobs"], len(told["job_ids"]))  # type: ignore[arg-type]
