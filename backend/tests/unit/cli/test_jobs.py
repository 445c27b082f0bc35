"""`accessa jobs` and `accessa documents` against an API that listens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi


@pytest.fixture
def job_id(api: StandInApi, cli: Cli, tmp_path: Path) -> str:
    """The id of a job that has just been uploaded and not looked at."""
    api.walks["policy.pdf"] = ("uploaded", "chunking", "failed_parse")
    (tmp_path / "policy.pdf").write_text("text")
    assert 1 == cli("ingest", str(tmp_path / "policy.pdf"))
    api.begin_again()
    [row] = api.jobs.values()
    return str(row["job_id"])


def test_jobs_are_listed_with_their_state(cli: Cli, job_id: str) -> None:
    """A list shows id, file and status; as JSON it is one object a job."""
    assert 0 == cli("jobs", "list")
    assert (True, True, True) == tuple(part in cli.out for part in (job_id, "policy.pdf", "uploaded"))
    assert (0, [job_id]) == (cli("jobs", "list", "--json"), [row["job_id"] for row in cli.rows])


@pytest.mark.usefixtures("job_id")
def test_jobs_are_listed_by_status(cli: Cli) -> None:
    """--status asks for the jobs in one status; a status that does not exist is wrong usage."""
    assert (0, 1) == (cli("jobs", "list", "--status", "uploaded", "--json"), len(cli.rows))
    assert (0, "") == (cli("jobs", "list", "--status", "complete", "--json"), cli.out)
    assert 2 == cli("jobs", "list", "--status", "lost")
    assert "there is no status lost; these exist: uploaded, parse_queued, parsed," in cli.err


def test_a_job_is_shown_with_its_walk(cli: Cli, api: StandInApi, job_id: str) -> None:
    """A failed job is shown with every move and its time, its figures and its error."""
    api.walks["policy.pdf"] = ("uploaded", "failed_parse")

    assert 0 == cli("jobs", "show", job_id)
    lines = cli.out.splitlines()
    assert "     +0.00 s  uploaded  (UPLOAD_ACCEPTED)" in lines
    assert "     +0.50 s  uploaded -> failed_parse  (PARSE_REQUESTED)" in lines
    assert "error NEEDS_OCR: The pages hold no text." == lines[-1]


@pytest.mark.parametrize(("crashes", "told"), [(0, "no crashes"), (1, "1 crash"), (2, "2 crashes")])
def test_crashes_are_told_with_what_they_count_from(
    cli: Cli, api: StandInApi, job_id: str, crashes: int, told: str
) -> None:
    """The count begins anew with progress, so that none is no denial of the lost leases in the walk."""
    api.jobs[job_id]["crash_count"] = crashes

    assert 0 == cli("jobs", "show", job_id)
    assert f"0 counted errors, {told} since the last progress" in cli.out.splitlines()


def test_a_job_of_the_bulk_lane_says_so(cli: Cli, api: StandInApi, job_id: str) -> None:
    """Why a job may wait for hours is told where one looks for it; a job of the usual lane has no such line."""
    told = "bulk lane: embedded through the provider's Batch API, within a day"

    assert (0, False) == (cli("jobs", "show", job_id), told in cli.out.splitlines())
    api.jobs[job_id]["lane"] = "bulk"
    assert (0, True) == (cli("jobs", "show", job_id), told in cli.out.splitlines())


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("FILE_PROTECTED", None),
        ("TOO_MANY_PAGES", "when that is mended: accessa jobs retry"),
        ("PARSE_TIMEOUT", "next: accessa jobs retry"),
        ("JOB_CANCELLED", "to start it again: accessa jobs retry"),
        ("CODE_OF_A_LATER_VERSION", "next: accessa jobs retry"),
    ],
)
def test_a_retry_is_advised_where_it_can_help(
    cli: Cli, api: StandInApi, job_id: str, code: str, advice: str | None
) -> None:
    """What the file decides is not tried again, a limit is mended first; all else may be, and for how much is told."""
    api.walks["policy.pdf"] = ("uploaded", "failed_parse")
    api.fault = code

    assert 0 == cli("jobs", "show", job_id)
    error, price = (
        f"error {code}: The pages hold no text.",
        "a retry would cost $0.0451 (2 pages and about 1,200 tokens)",
    )
    told = [price, f"{advice} {job_id}"] if advice else []
    assert [error, *told] == cli.out[cli.out.index(error) :].splitlines()


def test_a_job_that_was_retried_leads_to_the_newest_one(cli: Cli, api: StandInApi, job_id: str) -> None:
    """An old failed job advises no other retry, and its price is no longer told."""
    api.walks["policy.pdf"] = ("uploaded", "failed_parse")
    api.refusals["replay"] = (409, "JOB_NOT_FAILED", "This job was retried already.")

    assert 0 == cli("jobs", "show", job_id)
    document = api.jobs[job_id]["document_id"]
    assert f"it was tried again since; its newest job: accessa jobs show {document}" == cli.out.splitlines()[-1]


def test_an_open_job_is_shown_with_what_follows(cli: Cli, job_id: str) -> None:
    """A job on its way is shown with when it is looked at next and how to follow it."""
    assert 0 == cli("jobs", "show", job_id)
    assert f"accessa jobs watch {job_id}" in cli.out.splitlines()[-1]


def test_a_job_and_its_events_are_one_object(cli: Cli, job_id: str) -> None:
    """As JSON a job is one object that holds its events."""
    assert 0 == cli("jobs", "show", job_id, "--json")
    assert (job_id, 2) == (cli.rows[0]["job_id"], len(cli.rows[0]["events"]))


def test_a_watched_job_is_told_at_each_move(api: StandInApi, cli: Cli, job_id: str) -> None:
    """Watching one job tells each status once, until it ends, and fails when the job did."""
    api.walks["policy.pdf"] = ("uploaded", "chunking", "chunking", "chunking", "failed_parse")

    assert 1 == cli("jobs", "watch", job_id, "--json")
    assert ["chunking", "failed_parse"] == [row["status"] for row in cli.rows]


@pytest.mark.usefixtures("job_id")
def test_all_open_jobs_are_watched_to_their_end(cli: Cli, api: StandInApi) -> None:
    """Without an id every open job is watched; when none is open that is said."""
    api.walks["policy.pdf"] = ("uploaded", "chunking", "complete")

    assert 0 == cli("jobs", "watch")
    assert ["uploaded", "chunking", "complete"] == [line.split()[1].strip(",") for line in cli.out.splitlines()]
    assert (0, "No job is open.\n") == (cli("jobs", "watch"), cli.err)


def test_a_retry_names_the_new_job(cli: Cli, job_id: str) -> None:
    """A retry tells the new job and how to follow it."""
    assert 0 == cli("jobs", "retry", job_id)
    assert "accessa jobs watch " in cli.out
    assert (0, "uploaded") == (cli("jobs", "retry", job_id, "--json"), cli.rows[0]["status"])


def test_a_job_that_did_not_fail_cannot_be_retried(cli: Cli, api: StandInApi, job_id: str) -> None:
    """What the API says against a retry is told, and the exit code is 2."""
    api.refusals["retry"] = (409, "JOB_NOT_FAILED", "Only a failed job can be retried.")

    assert (2, "JOB_NOT_FAILED: Only a failed job can be retried.\n") == (cli("jobs", "retry", job_id), cli.err)


@pytest.mark.parametrize("arguments", [("jobs", "show"), ("jobs", "watch"), ("documents", "show")])
@pytest.mark.usefixtures("api")
def test_an_unknown_id_is_wrong_usage(cli: Cli, arguments: tuple[str, str]) -> None:
    """An id that the API does not know is told with NOT_FOUND and exit code 2; one that is no UUID likewise."""
    assert 2 == cli(*arguments, str(uuid4()))
    assert cli.err.startswith("NOT_FOUND: ")
    assert 2 == cli(*arguments, "not-an-id")
    assert cli.err.startswith("USAGE_WRONG: ")


@pytest.mark.usefixtures("job_id")
def test_documents_are_listed_and_shown(cli: Cli, api: StandInApi) -> None:
    """Documents are shown as a table, as words and as JSON."""
    [row] = api.jobs.values()
    document = row["document_id"]

    assert (0, True) == (cli("documents", "list"), document in cli.out)
    assert (0, [document]) == (cli("documents", "list", "--json"), [row["document_id"] for row in cli.rows])
    assert 0 == cli("documents", "show", document)
    assert f"document {document}, policy.pdf\nPDF of 48,213 bytes, uploaded 2026-11-23 " == cli.out[:99]
    assert f"next: accessa jobs watch {row['job_id']}" == cli.out.splitlines()[-1]
    assert (0, document) == (cli("documents", "show", document, "--json"), cli.rows[0]["document_id"])


@pytest.mark.usefixtures("api")
def test_no_document_yet_says_how_to_begin(cli: Cli) -> None:
    """An empty list names the command that fills it."""
    assert (0, "") == (cli("documents", "list"), cli.out)
    assert "accessa ingest" in cli.err
    assert (0, "") == (cli("jobs", "list"), cli.out)
    assert "accessa ingest" in cli.err
