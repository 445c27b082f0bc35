"""Who runs the audit: workers in turn, who keep the verdict for metrics and the monitoring page, and a person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from backend.tests.house import SERVICE_KEY
from backend.tests.simulators import ends, new_word, page

from accessa.cli.main import main
from accessa.observe.database_view import Database as MonitorDatabase
from accessa.store.audit import Limits
from accessa.store.audit_runs import audit_if_due

if TYPE_CHECKING:
    from backend.tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECK = "s16b_attempts_count_errors"
FORGET = "DELETE FROM upload_pipeline.audit_runs"
RUN = """
INSERT INTO upload_pipeline.audit_runs (worker_id, looked_back_to, started_at, ended_at, unfinished)
SELECT 'before', at, at, at, $2 FROM (SELECT now() - make_interval(secs => $1) AS at) run
"""
AGED = "UPDATE upload_pipeline.events SET ts = now() - make_interval(hours => $2) WHERE job_id = $1"
STARTED = """
INSERT INTO upload_pipeline.events (document_id, job_id, correlation_id, type, code, payload, ts)
VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'note', 'DOCUMENT_DELETION_STARTED', '{}',
    now() - interval '1000 seconds')
"""
Audit = Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def job(shared_house: House) -> str:
    """A page that is complete."""
    job_id: str = (await shared_house.upload(page(new_word()), "a.html"))["job_id"]
    async with shared_house.worker():
        await ends(shared_house, {"page": job_id})
    return job_id


@pytest_asyncio.fixture(loop_scope="module")
async def harm(shared_house: House, job: str) -> AsyncIterator[None]:
    """The job says that it had an error of which nobody knows; it never had one when the test has ended."""
    await _tell_errors(shared_house, job, 1)
    yield
    await _tell_errors(shared_house, job, 0)


async def _tell_errors(house: House, job: str, number: int) -> None:
    await house.rows("UPDATE upload_pipeline.upload_jobs SET retry_count = $1 WHERE job_id = $2", number, job)


async def _run(house: House, every_seconds: float = 0) -> list[str] | None:
    """Run the audit as a worker does; return the checks that do not hold, or None when none was due."""
    async with house.services() as services:
        found = await audit_if_due(services.database, "w", every_seconds=every_seconds, limits=Limits())
    return None if found is None else [finding.check.name for finding in found if not finding.holds]


async def _metric(house: House, name: str) -> float | None:
    lines = (await house.api.get("/metrics")).text.splitlines()
    return next((float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(f"{name} ")), None)


async def test_no_audit_is_no_good_news(shared_house: House) -> None:
    """Before the first audit the metrics say nothing about violations."""
    assert None is await _metric(shared_house, f'accessa_audit_violations{{check="{CHECK}"}}')


async def test_workers_run_it_in_turn(shared_house: House, job: str) -> None:
    """A worker audits when it is due; whoever comes next within the time leaves it alone."""
    del job
    settled = shared_house.with_settings(audit={"every_seconds": 0.05})
    async with settled.worker(), asyncio.timeout(30):
        while not await shared_house.rows("SELECT FROM upload_pipeline.audit_runs WHERE ended_at IS NOT NULL"):
            await asyncio.sleep(0.05)

    assert None is await _run(shared_house, every_seconds=3600)


async def test_a_violation_is_told_until_it_is_mended(shared_house: House, job: str, harm: None) -> None:
    """What was found stays found, also when the job is no longer among the recent ones, until it holds again."""
    del harm
    found = [await _run(shared_house)]
    told = await _metric(shared_house, f'accessa_audit_violations{{check="{CHECK}"}}')
    async with asyncio.timeout(10):
        monitor = MonitorDatabase(shared_house.settings.database.url.get_secret_value(), alive_seconds=15)
        view = await monitor.look()
        await monitor.close()
    await shared_house.rows("UPDATE upload_pipeline.events SET ts = ts - interval '2 days'")
    found.append(await _run(shared_house))
    await _tell_errors(shared_house, job, 0)
    found.append(await _run(shared_house))

    assert [[CHECK], [CHECK], []] == found
    assert 1 == told
    assert 0 == await _metric(shared_house, f'accessa_audit_violations{{check="{CHECK}"}}')
    assert 0 == await _metric(shared_house, "accessa_audit_unfinished_checks")
    assert view.figures is not None
    assert view.figures.audit is not None
    assert [
        "1 row breaks a promise: Only errors that count use up attempts. See: accessa audit --check " + CHECK
    ] == view.figures.audit.sentences()


@pytest.mark.parametrize(
    ("violations", "seconds_ago", "found"), [({}, 70, None), ({CHECK: {"total": 1}}, 50, None), ({CHECK: {}}, 70, [])]
)
async def test_what_was_broken_is_looked_at_again_soon(
    shared_house: House, no_runs: None, violations: dict[str, Any], seconds_ago: float, found: list[str] | None
) -> None:
    """A run that found something broken is followed by another after a minute, so that a repair is known soon."""
    del no_runs
    await shared_house.rows(RUN, seconds_ago, [])
    await shared_house.rows("UPDATE upload_pipeline.audit_runs SET violations = $1", json.dumps(violations))

    assert found == await _run(shared_house, every_seconds=300)


@pytest_asyncio.fixture(loop_scope="module")
async def no_runs(shared_house: House) -> AsyncIterator[None]:
    """No audit has run before the test, nor after it."""
    await shared_house.rows(FORGET)
    yield
    await shared_house.rows(FORGET)


async def test_a_deletion_that_nobody_finishes_is_found(shared_house: House, no_runs: None) -> None:
    """It is overdue only when the audits have looked at its beginning before."""
    del no_runs
    await shared_house.rows(RUN, 300, [])
    await shared_house.rows(STARTED)
    found = await _run(shared_house)
    await shared_house.rows("DELETE FROM upload_pipeline.events WHERE code = 'DOCUMENT_DELETION_STARTED'")

    assert ["s19a_deletions_are_finished"] == found


async def test_what_a_check_had_no_time_for_is_made_up_for(
    shared_house: House, job: str, harm: None, no_runs: None
) -> None:
    """The next run looks back to the last one that saw all, and not at all rows, for which there is still less time."""
    del harm, no_runs
    await shared_house.rows(RUN, 7200, [])
    await shared_house.rows(RUN, 300, [CHECK])
    found = []
    for age in ("3 hours", "1 hour"):
        await shared_house.rows(
            f"UPDATE upload_pipeline.events SET ts = now() - interval '{age}' WHERE job_id = $1", job
        )
        found.append(await _run(shared_house))
        await shared_house.rows("DELETE FROM upload_pipeline.audit_runs WHERE worker_id = 'w'")

    assert [[], [CHECK]] == found


@pytest.fixture
def audit(
    shared_house: House, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Audit:
    """The command on the database of the house: its exit code, and what it says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", shared_house.settings.database.url.get_secret_value())
    monkeypatch.setenv("SUPABASE_URL", shared_house.outside.storage)
    monkeypatch.setenv("SUPABASE_SERVICE_ROLE_KEY", SERVICE_KEY)

    async def run(*options: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = await asyncio.to_thread(main, ["audit", *options])
        return code, *capfd.readouterr()

    return run


async def test_the_command_says_that_every_promise_holds(job: str, audit: Audit) -> None:
    """On healthy data every check has its line with a tick, files included, and the exit code is 0."""
    del job
    code, out, _ = await audit("--objects", "--at-rest")

    lines = [line.split()[:2] for line in out.splitlines() if "_" in line.split("  ")[0] or line.startswith("ok")]
    assert 0 == code, out
    assert out.rstrip().endswith("every promise holds")
    assert {"ok"} == {mark for mark, _ in lines}
    assert ["s01a_moves_are_legal", "s11f_files_are_kept"] == [lines[0][1], lines[-1][1]]


async def test_the_command_names_the_rows(shared_house: House, job: str, harm: None, audit: Audit) -> None:
    """A broken promise makes the exit code 1; its rows and what to do stand below, or in its JSON object."""
    del harm
    [document] = await shared_house.rows("SELECT document_id FROM upload_pipeline.upload_jobs")
    code, out, _ = await audit("--check", CHECK)
    json_code, lines, _ = await audit("--check", CHECK, "--json")

    [row] = [json.loads(line) for line in lines.splitlines()]
    assert (1, 1) == (code, json_code)
    assert f"{CHECK}: 1 row (job_id)\n  {job}, document {document['document_id']}\n" in out
    assert {job: str(document["document_id"])} == row["documents"]
    assert (False, 1, [job]) == (row["holds"], row["total"], row["rows"])


async def test_what_the_database_told_stands_without_the_storage(
    job: str, harm: None, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken promise is named also when the files could not be looked at, of which there is no verdict then."""
    del harm
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:9")
    code, out, err = await audit("--check", CHECK, "--objects")

    assert (1, True) == (code, f"{CHECK}: 1 row (job_id)\n  {job}, document " in out)
    assert "No verdict in time" in out
    assert "STORAGE_UNAVAILABLE" in err


async def test_a_harmed_file_is_found(shared_house: House, job: str, audit: Audit) -> None:
    """A file that is gone from storage is found when files are looked at, and its document named."""
    [row] = await shared_house.rows("SELECT * FROM upload_pipeline.documents")
    async with shared_house.services() as services:
        await services.storage.delete([row["raw_path"]])
    code, out, _ = await audit("--objects", "--check", CHECK)

    assert job
    assert 1 == code
    assert f"  {row['document_id']}\n" in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "soon"), "USAGE_WRONG: soon is no time; write it like 90m, 24h or 7d."),
        (("--check", "s99"), "USAGE_WRONG: There is no check s99; accessa audit shows their names."),
    ],
    ids=["time", "check"],
)
async def test_wrong_words_are_told(audit: Audit, options: tuple[str, ...], said: str) -> None:
    """A time or a check that nobody knows is told, and nothing is called good."""
    code, out, err = await audit(*options)

    assert (2, "", f"{said}\n") == (code, out, err)


async def test_an_audit_that_could_not_run_is_neither_good_nor_bad(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a database the exit code is 2: no verdict is no broken promise."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    code, out, err = await audit()

    assert (2, "") == (code, out)
    assert err.startswith("DATABASE_UNAVAILABLE")
