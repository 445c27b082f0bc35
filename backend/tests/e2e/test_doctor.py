"""Planted faults: `accessa doctor` names each, and what it tells to do mends it."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from backend.tests.e2e.patient import Patient, is_well, tells
from backend.tests.e2e.planted_faults import RUNNING, STOPPED, Plant, crashed_stack, keys_of_another_stack
from backend.tests.unit.stack.own_ports import free_row

from accessa.stack.diagnosis.database import look_at_database

PORTS = ("POSTGRES", "STORAGE", "API", "LLAMAPARSE", "OPENAI", "MONITORING")
NOT_OF_THE_STACK = {
    "settings",
    "python",
    "packages",
    "memory",
    "programs",
    "shelters",
    "embeddings",
    "disk",
    "home",
    "data",
}

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def patient() -> Iterator[Patient]:
    """A stack that is not running yet, in a folder that the Postgres user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="accessa-doctor-"))
    folder.chmod(0o755)
    ports = zip(PORTS, free_row(len(PORTS)), strict=True)
    variables = {f"ACCESSA_{name}_PORT": str(port) for name, port in ports}
    variables |= {"ACCESSA_EMBEDDINGS": "lexical", "CANARY_EVERY_SECONDS": "0", "TMPDIR": str(folder)}
    own = Patient(folder / "home", variables)
    yield own
    own.accessa("down")
    shutil.rmtree(folder, ignore_errors=True)


def examine_planted(patient: Patient, name: str, plant: Plant, *, treated: bool) -> None:
    """Plant a fault, see it named, do what is told (or undo the plant), and see that it is over."""
    with plant(patient) as words:
        found = patient.until(name, lambda finding: tells(finding, words))
        sys.stdout.write(f"BAD  {name:<16} {found.sentence} -> {found.mend}\n")
        if treated:
            patient.treat(found.mend)
            patient.until(name, is_well)
    patient.until(name, is_well)


def test_a_healthy_stack_has_no_finding_that_is_bad(patient: Patient) -> None:
    """Every look is made, in a few seconds, and none complains about the stack."""
    patient.be_up()
    begun = time.monotonic()
    found = patient.examined()
    seconds = time.monotonic() - begun

    assert {"settings", "stacks", "version", "database", "schema", "workers", "clocks", "storage", "keys"} <= set(found)
    assert [] == [one for one in found.values() if not one.ok and one.name not in NOT_OF_THE_STACK]
    assert seconds < 5


@pytest.mark.parametrize("fault", RUNNING)
def test_a_fault_of_a_running_stack_is_named_and_mended(patient: Patient, fault: str) -> None:
    """What is planted is named with its figures; after the command that is told all is well again."""
    patient.be_up()
    name, plant, treated = RUNNING[fault]

    examine_planted(patient, name, plant, treated=treated)


def test_the_clock_of_this_machine_is_held_against_the_database(patient: Patient) -> None:
    """Whoever asks with a clock that is slow is told by how much."""
    patient.be_up()
    url = patient.plan.environment["DATABASE_URL"]
    slow = {finding.name: finding for finding in look_at_database(url, lambda: time.time() - 90)}["clocks"]

    assert not slow.ok
    assert slow.sentence.startswith("The clock of this machine is 90.")
    assert "s behind the database's" in slow.sentence


def test_rejected_webhooks_are_told_as_the_monitoring_sees_them(patient: Patient, tmp_path: Path) -> None:
    """A webhook that is signed by another secret shows in the doctor's words, with the setting that is wrong."""
    patient.be_up()
    (tmp_path / "page.html").write_text("<h1>Keys</h1><p>The other key hangs behind the door.</p>")
    ingested = patient.accessa("ingest", tmp_path / "page.html")
    assert 0 == ingested.code, ingested.err
    locator = asyncio.run(_locator(patient.plan.environment["DATABASE_URL"]))
    url = f"{patient.plan.environment['API_PUBLIC_URL']}/webhooks/llamaparse/{locator}"
    refused = httpx.post(url, json={"event_id": "12345678"}, headers={"LC-Signature": "of another secret"})
    found = patient.until("webhooks", lambda finding: not finding.ok)
    sys.stdout.write(f"BAD  webhooks {found.sentence} -> {found.mend}\n")

    assert 401 == refused.status_code
    assert "bad_signature" in found.sentence
    assert "LLAMAPARSE_WEBHOOK_SECRET" in found.sentence


async def _locator(database_url: str) -> str:
    """Return what the address of a parse's webhook ends in."""
    connection = await asyncpg.connect(database_url)
    try:
        return str(await connection.fetchval("SELECT locator FROM upload_pipeline.parse_runs LIMIT 1"))
    finally:
        await connection.close()


def test_a_proxy_of_the_shell_harms_nothing(patient: Patient, tmp_path: Path) -> None:
    """Nothing that is meant for this machine goes to a proxy, so the doctor need not speak of one."""
    patient.be_up()
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"), nowhere)
    (tmp_path / "page.html").write_text("<h1>Light</h1><p>The keeper lights the lamp an hour before dusk.</p>")
    ingested = patient.accessa("ingest", tmp_path / "page.html", **proxies)
    hits = patient.accessa("search", "who lights the lamp?", "--json", **proxies)

    assert (0, 0) == (ingested.code, hits.code), ingested.err
    assert hits.rows


def test_all_hangs_and_the_doctor_does_not(patient: Patient) -> None:
    """With every service held the doctor still answers in time, and names each with the command that lets it go on."""
    patient.be_up()
    held = [psutil.Process(service.pid) for service in patient.state.services if service.pid]
    for process in held:
        process.suspend()
    begun = time.monotonic()
    try:
        found = patient.examined()
    finally:
        seconds = time.monotonic() - begun
        for process in held:
            process.resume()

    assert {f"Run: kill -CONT {process.pid}" for process in held} <= {one.mend for one in found.values()}
    assert seconds < 5
    patient.until("database", is_well)


def test_keys_that_differ_are_told_by_service_and_made_anew(patient: Patient) -> None:
    """A worker with another webhook secret is named, and so is a storage that refuses the key; one restart mends it."""
    patient.be_up()
    with keys_of_another_stack(patient):
        refused = patient.until("storage", lambda finding: tells(finding, ["SUPABASE_SERVICE_ROLE_KEY"]))
        keys = patient.examined()["keys"]
        for finding in (keys, refused):
            sys.stdout.write(f"BAD  {finding.name:<16} {finding.sentence} -> {finding.mend}\n")
        patient.treat(refused.mend)

    assert "LLAMAPARSE_WEBHOOK_SECRET of base-worker-2 is not that of api-server and base-worker" in keys.sentence
    assert "SUPABASE_JWT_SECRET of supabase-storage is not that of api-server" in keys.sentence
    assert "of another stack" not in keys.sentence
    assert patient.until("storage", is_well)
    assert patient.examined()["keys"].ok


@pytest.mark.parametrize("fault", STOPPED)
def test_what_would_hinder_a_start_is_named_and_mended(patient: Patient, fault: str) -> None:
    """What a start would meet is named beforehand, and the command that is told clears it away."""
    name, plant, treated = STOPPED[fault]
    if plant is not crashed_stack:
        patient.be_down()

    examine_planted(patient, name, plant, treated=treated)


def test_wrong_settings_are_named_with_the_nearest_that_is_right(patient: Patient) -> None:
    """A value that cannot be taken and a name that is misspelt are one line; all other looks are made as well."""
    done = patient.accessa("doctor", WORKER_LEASE_SECOND="90", WORKER_POLL_SECONDS="-1")
    [line] = [line for line in done.out.splitlines() if " settings " in line]
    sys.stdout.write(f"{line}\n")

    assert 1 == done.code
    assert line.startswith("BAD ")
    assert "WORKER_POLL_SECONDS is wrong: Input should be greater than 0" in line
    assert "WORKER_LEASE_SECOND is no setting; WORKER_LEASE_SECONDS is" in line
    assert "Run: unset WORKER_LEASE_SECOND, and set WORKER_LEASE_SECONDS" in line
    assert " leftovers " in done.out
