"""`accessa jobs failed`, a retry of many, and `accessa jobs cancel`, against an API that listens."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi


def group(code: str, documents: int, retry: str, **values: Any) -> dict[str, Any]:
    """Return a group of failed documents as the API tells it, a cent a document."""
    return {
        "code": code,
        "sentence": f"What {code} means.",
        "stage": "collect_parse",
        "cause": "400 No job #",
        "documents": documents,
        "first_failed_at": "2026-11-23T10:00:00+00:00",
        "last_failed_at": "2026-11-23T11:00:00+00:00",
        "sample_job_id": str(uuid4()),
        "sample_document_id": str(uuid4()),
        "retry": retry,
        "replay": {"pages": documents, "tokens": 0, "cost_usd": 0.01 * documents, "uncounted": 0},
        "priced_documents": documents,
    } | values


class Terminal(io.StringIO):
    """Standard input at which a person sits and types."""

    def isatty(self) -> bool:
        """Say that somebody is there."""
        return True


@pytest.fixture
def failed(api: StandInApi) -> StandInApi:
    """An API at which three documents could be tried again, four cannot be helped, and one was cancelled."""
    api.failed = [
        group("NEEDS_OCR", 4, "useless"),
        group("PARSE_TIMEOUT", 2, "may help"),
        group("TOO_MANY_PAGES", 1, "after mending", cause=""),
        group("JOB_CANCELLED", 1, "if wanted"),
    ]
    return api


@pytest.mark.usefixtures("failed")
def test_failures_are_grouped_with_what_to_do(cli: Cli) -> None:
    """Each group shows its count, its worth and its price; then the command that goes on, and what it leaves out."""
    assert 0 == cli("jobs", "failed")
    lines = [" ".join(line.split()) for line in cli.out.splitlines()]

    assert lines[2].startswith("NEEDS_OCR 4 useless - collect_parse: 400 No job # ")
    assert lines[4].startswith("TOO_MANY_PAGES 1 once mended $0.0100 collect_parse 2026-11-23 ")
    assert "PARSE_TIMEOUT: What PARSE_TIMEOUT means." in lines
    assert [
        "next: accessa jobs retry --all (3 documents, about $0.0300 to be bought)",
        "taken along: 1 document whose cause has to be mended first (TOO_MANY_PAGES 1)",
        "left out: 4 documents that a retry cannot help (NEEDS_OCR 4); to try some: accessa jobs retry --code CODE",
        "left out: 1 cancelled document; to start again what was cancelled: accessa jobs retry --code JOB_CANCELLED",
    ] == lines[-4:]
    assert (0, ["NEEDS_OCR", "PARSE_TIMEOUT"]) == (cli("jobs", "failed", "--json"), [r["code"] for r in cli.rows[:2]])


def test_a_price_over_uncounted_pages_is_the_least(cli: Cli, api: StandInApi) -> None:
    """Pages that nobody has counted may be thousands: no price is told as if it were one."""
    uncounted = {"pages": 2, "tokens": 0, "cost_usd": 0.02, "uncounted": 2}
    api.failed = [group("PARSE_TIMEOUT", 3, "may help"), group("SOURCE_MISSING", 2, "after mending", replay=uncounted)]

    assert 0 == cli("jobs", "failed")
    lines = [" ".join(line.split()) for line in cli.out.splitlines()]
    assert ["PARSE_TIMEOUT 3 may help $0.0300", "SOURCE_MISSING 2 once mended at least $0.0200"] == [
        line[: line.index(" collect_parse")] for line in lines[2:4]
    ]
    assert (
        "next: accessa jobs retry --all (5 documents, at least $0.0500 to be bought;"
        " 2 documents with uncounted pages, taken as one page each)"
    ) in lines


@pytest.mark.usefixtures("api")
def test_nothing_failed_is_said(cli: Cli) -> None:
    """An empty table is no answer, and a retry of nothing is no error."""
    assert (0, "", "Nothing has failed that was not tried again.\n") == (cli("jobs", "failed"), cli.out, cli.err)
    assert (0, "Nothing to retry.\n") == (cli("jobs", "retry", "--all", "--yes"), cli.err)


def test_all_that_can_be_helped_is_retried_batch_by_batch(cli: Cli, failed: StandInApi) -> None:
    """Batches follow each other by their cursor to the last, and what is left out is told beside the result."""
    assert 0 == cli("jobs", "retry", "--all", "--yes")
    assert "3 documents reopened; follow with: accessa jobs watch\n" == cli.out
    assert (2, 1) == (cli.err.count("left out: "), cli.err.count("taken along: "))
    assert "taken along: 1 document whose cause has to be mended first (TOO_MANY_PAGES 1)\n" in cli.err
    assert [None, "cursor-1", "cursor-2"] == [wish["cursor"] for wish in failed.bulk_wishes]


def test_a_code_that_is_named_is_retried_whatever_its_worth(cli: Cli, failed: StandInApi) -> None:
    """--code takes what --all would leave out, in small letters too; as JSON the result is one object."""
    assert 0 == cli("jobs", "retry", "--code", "job_cancelled", "--yes", "--json")
    assert ([{"reopened": 1}], ["JOB_CANCELLED"]) == (cli.rows, [wish["code"] for wish in failed.bulk_wishes])


def test_nothing_is_retried_by_a_dry_run_or_without_a_yes(
    cli: Cli, failed: StandInApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run tells number and price; a person is asked, and only a yes changes something; a script needs --yes."""
    assert 0 == cli("jobs", "retry", "--all", "--dry-run")
    assert "nothing was changed; a retry would take 3 documents, about $0.0300 to be bought\n" == cli.out
    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    assert (1, "nothing was changed\n") == (cli("jobs", "retry", "--all"), cli.out)
    assert "Retry 3 documents, about $0.0300 to be bought? [y/N]\n" in cli.err
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert 2 == cli("jobs", "retry", "--all")
    assert [] == failed.bulk_wishes


@pytest.mark.usefixtures("failed")
def test_a_dry_run_answers_a_program_too(cli: Cli) -> None:
    """As JSON a dry run is one object: how many, what they would buy, by which codes, and what is left out."""
    assert 0 == cli("jobs", "retry", "--all", "--dry-run", "--json")
    [told] = cli.rows
    left_out = [(row["code"], row["documents"], row["retry"]) for row in told.pop("left_out")]
    codes = [(row["code"], row["documents"], row["retry"]) for row in told.pop("codes")]

    assert {"reopened": 0, "documents": 3, "pages": 3, "tokens": 0, "cost_usd": 0.03, "uncounted": 0} == told
    assert [("PARSE_TIMEOUT", 2, "may help"), ("TOO_MANY_PAGES", 1, "after mending")] == codes
    assert [("NEEDS_OCR", 4, "useless"), ("JOB_CANCELLED", 1, "if wanted")] == left_out


@pytest.mark.usefixtures("api")
def test_a_dry_run_of_nothing_answers_too(cli: Cli) -> None:
    """That there is nothing to retry is the answer, so it stands where the answer is looked for."""
    assert (0, "Nothing to retry.\n") == (cli("jobs", "retry", "--all", "--dry-run"), cli.out)
    assert (0, 0) == (cli("jobs", "retry", "--all", "--dry-run", "--json"), cli.rows[-1]["documents"])


@pytest.mark.parametrize("way", ["--yes", "--dry-run"])
def test_a_code_that_does_not_exist_is_wrong_usage(cli: Cli, failed: StandInApi, way: str) -> None:
    """A slip of the pen is no success: the codes that could be meant are named, and nothing is retried."""
    codes = "JOB_CANCELLED, NEEDS_OCR, PARSE_TIMEOUT, TOO_MANY_PAGES"

    assert 2 == cli("jobs", "retry", "--code", "PARSE_TIMOUT", way)
    assert f"USAGE_WRONG: There is no code PARSE_TIMOUT. Failed documents have: {codes}\n" == cli.err
    assert (2, []) == (cli("jobs", "retry", "--code", "no code-1", way), failed.bulk_wishes)
    assert (2, []) == (cli("jobs", "retry", "--code", "", way), failed.bulk_wishes)
    failed.failed = [group("CODE_OF_A_LATER_VERSION", 1, "may help")]
    assert 0 == cli("jobs", "retry", "--code", "CODE_OF_A_LATER_VERSION", way)
    failed.failed = []
    assert (0, True) == (
        cli("jobs", "retry", "--code", "PARSE_TIMEOUT", way),
        "No document has failed" in cli.out + cli.err,
    )


@pytest.mark.parametrize("arguments", [(), ("--all", "--code", "PARSE_TIMEOUT"), (str(uuid4()), "--all")], ids=len)
@pytest.mark.usefixtures("api")
def test_a_retry_names_its_jobs_in_one_way(cli: Cli, arguments: tuple[str, ...]) -> None:
    """One job, one code or all: none or two of them are wrong usage."""
    assert 2 == cli("jobs", "retry", *arguments)
    assert cli.err.startswith("USAGE_WRONG: Name one job by its ID, those of one code by --code, or all by --all.")


@pytest.fixture
def job_id(api: StandInApi, cli: Cli, tmp_path: Path) -> str:
    """The id of a job that has just been uploaded."""
    (tmp_path / "policy.pdf").write_text("text")
    assert 0 == cli("ingest", str(tmp_path / "policy.pdf"))
    api.begin_again()
    [row] = api.jobs.values()
    return str(row["job_id"])


def test_the_price_of_one_retry_is_told_before(cli: Cli, api: StandInApi, job_id: str) -> None:
    """A dry run of one job tells what would be bought, and nothing where all was bought before."""
    told = "nothing was changed; a retry would cost"

    assert (0, f"{told} $0.0451 (2 pages and about 1,200 tokens)\n") == (
        cli("jobs", "retry", job_id, "--dry-run"),
        cli.out,
    )
    api.replay = {"pages": 0, "tokens": 0, "cost_usd": 0.0, "uncounted": 0}
    assert (0, f"{told} nothing: all was bought before\n") == (cli("jobs", "retry", job_id, "--dry-run"), cli.out)
    api.replay = {"pages": 1, "tokens": 600, "cost_usd": 0.0038, "uncounted": 1}
    least = "at least $0.0038, the price of 1 page: its pages are counted only by the next try"
    assert (0, f"{told} {least}\n") == (cli("jobs", "retry", job_id, "--dry-run"), cli.out)


def test_a_cancelled_job_is_told_with_the_way_back(cli: Cli, api: StandInApi, job_id: str) -> None:
    """The first cancel and the second are told apart; an order that a provider keeps is told, and is no success."""
    way_back = f"to start it again: accessa jobs retry {job_id}\n"

    assert (0, f"Job {job_id} is cancelled, as failed_parse; {way_back}") == (cli("jobs", "cancel", job_id), cli.out)
    api.orders_left = 1
    assert (1, f"Job {job_id} was cancelled before; {way_back}") == (cli("jobs", "cancel", job_id), cli.out)
    assert f"note: 1 order not let go by a provider yet; to try again: accessa jobs cancel {job_id}\n" == cli.err


def test_what_cannot_be_cancelled_is_wrong_usage(cli: Cli, api: StandInApi, job_id: str) -> None:
    """What the API says against it is told."""
    api.refusals["cancel"] = (409, "JOB_ENDED", "The job is complete.")

    assert (2, "JOB_ENDED: The job is complete.\n") == (cli("jobs", "cancel", job_id), cli.err)
