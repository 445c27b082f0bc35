"""`accessa report performance` on a database: what it names, what it rests on, and what it does not pretend to know."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from backend.tests.simulators import ends, new_word, page

from accessa.cli.main import main
from accessa.observe.canary_api import CANARY_USER
from accessa.store.stage_timings import BUCKET_BOUNDS
from accessa.store.statements import load

if TYPE_CHECKING:
    from pathlib import Path

    from backend.tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENTS = 22
TIMING = """
INSERT INTO upload_pipeline.stage_timings (minute, stage, worker_id, runs, seconds, buckets)
VALUES (date_trunc('minute', now()) - make_interval(mins => $1), $2, 'planted', $3, $4, $5)
"""
FORGET = "TRUNCATE upload_pipeline.stage_timings, upload_pipeline.stage_baselines"
DELAYED = """
UPDATE upload_pipeline.upload_jobs SET created_at = processing_completed_at - make_interval(secs => $1)
WHERE status = 'complete'
"""
# The parses of all but two were done two seconds before a minute, and their jobs five seconds after its beginning;
# the parses of these two eight seconds after it, and their jobs twelve.
AT_ONE_MOMENT = """
WITH numbered AS (
    SELECT job_id, row_number() OVER () <= 2 AS late, date_trunc('minute', now()) - interval '5 minutes' AS minute
    FROM upload_pipeline.upload_jobs WHERE status = 'complete'
), parses AS (
    UPDATE upload_pipeline.parse_runs p
    SET submitted_at = minute - interval '40 s',
        notified_at = minute + CASE WHEN late THEN interval '8 s' ELSE '-2 s' END
    FROM numbered n WHERE p.job_id = n.job_id
)
UPDATE upload_pipeline.upload_jobs j
SET created_at = minute - interval '45 s',
    processing_completed_at = minute + CASE WHEN late THEN interval '12 s' ELSE '5 s' END
FROM numbered n WHERE j.job_id = n.job_id
"""
Report = Callable[..., tuple[int, dict[str, Any]]]


def buckets(runs: int, up_to: float) -> list[int]:
    """Return the counts of runs that all took a little less than a bound."""
    return [runs if bound == up_to else 0 for bound in (*BUCKET_BOUNDS, None)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def documents(shared_house: House) -> None:
    """Enough complete documents to tell something by."""
    jobs = {
        str(number): (await shared_house.upload(page(new_word()), f"{number}.html"))["job_id"]
        for number in range(DOCUMENTS)
    }
    async with shared_house.worker():
        await ends(shared_house, jobs)


@pytest_asyncio.fixture(loop_scope="module")
async def planted(shared_house: House, documents: None) -> None:
    """Timings of this hour, in which embedding takes most, and of days before, in which it took a fifth as long."""
    del documents
    await shared_house.rows(FORGET)
    await shared_house.rows(TIMING, 5, "embed_batches", 40, 60.0, buckets(40, 2.5))
    await shared_house.rows(TIMING, 5, "store_chunks", 40, 20.0, buckets(40, 0.5))
    await shared_house.rows(TIMING, 2000, "embed_batches", 100, 30.0, buckets(100, 0.5))


@pytest.fixture
def report(
    shared_house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Report:
    """Run the command and return its exit code and its JSON."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", shared_house.settings.database.url.get_secret_value())

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        capfd.readouterr()
        code = main(["report", "performance", "--json", *arguments])
        return code, json.loads(capfd.readouterr().out)

    return run


@pytest.mark.usefixtures("planted")
async def test_the_bottleneck_is_named_with_its_evidence(report: Report) -> None:
    """The stage that takes most of the time is named, with its share, its runs and how much slower it became."""
    code, told = await _in_thread(report)

    first = told["stages"][0]
    assert (0, "embed_batches", 1.5, 2.425) == (code, first["stage"], first["mean_seconds"], first["p95_seconds"])
    assert ("stage", "embed_batches") == (told["bottleneck"]["kind"], told["bottleneck"]["name"])
    evidence = " ".join(told["bottleneck"]["evidence"])
    assert "40 runs, mean 1.5 s" in evidence
    assert "slower: 5.0 times 0.3 s in the week before, 100 runs" in evidence
    assert "no job stands in front of it" in evidence


@pytest.mark.usefixtures("planted")
async def test_a_kept_baseline_is_what_counts(report: Report) -> None:
    """What was kept is what later reports compare with, instead of the week before."""
    await _in_thread(report, "--keep-baseline")
    _, told = await _in_thread(report)

    trends = {stage["stage"]: stage["trend"]["sentence"] for stage in told["stages"]}
    assert "as usual (1.5 s as kept, 40 runs)" == trends["embed_batches"]


@pytest.mark.usefixtures("planted")
async def test_promises_are_held_against_what_was(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents in time keep the promise, late ones break it, and only then `--check` fails."""
    kept_code, kept = await _in_thread(report, "--check")
    monkeypatch.setenv("SLA_SMALL_SECONDS", "0.001")
    missed_code, missed = await _in_thread(report, "--check")

    classes = [told["service_level"]["classes"][0] for told in (kept, missed)]
    assert [(0, True, DOCUMENTS), (1, False, DOCUMENTS)] == [
        (kept_code, classes[0]["met"], classes[0]["completed"]),
        (missed_code, classes[1]["met"], classes[1]["completed"]),
    ]
    assert kept["service_level"]["classes"][3]["sentence"].startswith("not enough data")


@pytest.mark.usefixtures("planted")
async def test_what_never_ends_breaks_the_promise(shared_house: House, report: Report) -> None:
    """A document that is on its way for longer than promised counts as late, though no time of its end is known."""
    stuck = await shared_house.upload(page(new_word()), "stuck.html")
    await shared_house.rows(
        "UPDATE upload_pipeline.upload_jobs SET created_at = now() - interval '50 minutes' WHERE job_id = $1",
        stuck["job_id"],
    )
    _, told = await _in_thread(report)
    await shared_house.api.delete(f"/documents/{stuck['document_id']}")

    small = told["service_level"]["classes"][0]
    assert (DOCUMENTS + 1, DOCUMENTS, DOCUMENTS) == (small["counted"], small["in_time"], small["completed"])
    assert ("worker", True) == (told["bottleneck"]["kind"], "no worker is alive" in told["bottleneck"]["sentence"])


@pytest.mark.usefixtures("planted")
async def test_the_forecast_says_what_it_rests_on(shared_house: House, report: Report) -> None:
    """A rate that was seen for a moment foresees nothing; one that was seen for long enough does, with its sample."""
    _, young = await _in_thread(report, "--documents-per-day", "1000")
    await shared_house.rows(DELAYED, 1200.0)
    _, old = await _in_thread(report)

    assert ["not enough data", "there is no backlog"] == [_backlog(told) for told in (young, old)]
    pace = next(row for row in young["forecast"] if row["name"] == "1,000 documents a day")
    assert (None, "not enough data") == (pace["value"], pace["sentence"])


@pytest.mark.usefixtures("planted")
async def test_what_the_parse_provider_has_does_not_stand_before_the_workers(shared_house: House) -> None:
    """Documents count in the ten seconds of their end, and as standing from their coming on, but for their parse."""
    await shared_house.rows(AT_ONE_MOMENT)
    rows = await shared_house.rows(load("report_pace"), 3600.0, CANARY_USER)

    figures = ("completed", "whole", "standing_before", "standing_after", "workers")
    assert [[DOCUMENTS - 2, 0, DOCUMENTS - 2, 2, 1], [2, 0, 2, 0, 1]] == [
        [row[name] for name in figures] for row in rows
    ]


@pytest.mark.usefixtures("planted")
async def test_a_person_reads_it_in_four_parts(
    shared_house: House, report: Report, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without --json there are stages, bottleneck, promises and forecast, in words."""
    del shared_house
    await _in_thread(report)
    await _in_thread(lambda: main(["report", "performance", "--since", "2h"]))

    lines = capfd.readouterr().out.splitlines()
    assert {"stages", "bottleneck", "promises", "forecast"} <= set(lines)
    assert "embed_batches takes 75% of the busy time" in lines


async def test_with_no_timings_nothing_is_invented(shared_house: House, report: Report) -> None:
    """Without a run of a stage no bottleneck is named."""
    await shared_house.rows(FORGET)
    code, told = await _in_thread(report)

    assert (0, [], "none") == (code, told["stages"], told["bottleneck"]["kind"])
    assert told["bottleneck"]["sentence"].startswith("not enough data")


def _backlog(told: dict[str, Any]) -> str:
    return next(str(row["sentence"]) for row in told["forecast"] if row["name"] == "backlog")


async def _in_thread(work: Any, *arguments: str) -> Any:
    return await asyncio.to_thread(work, *arguments)
