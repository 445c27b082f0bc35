"""Planted faults: `accessa doctor` names each, and what it tells to do mends it."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest
from backend.tests.e2e.conftest import KEPT, PROGRAM, Ran, Stack
from backend.tests.unit.stack.own_ports import free_row

from accessa.settings import Settings, settings_of
from accessa.stack import Finding, StackState, doctor, read_state
from accessa.stack.diagnosis.database import look_at_database
from accessa.stack.places import Places
from accessa.stack.plan import Health, Plan, Service, read_plan, write_plan
from accessa.stack.processes import SERVICE_MARK, STACK_MARK, marked
from accessa.stack.state import write_state
from accessa.store import migrate
from accessa.store.schema_version import HEAD

PORTS = ("POSTGRES", "STORAGE", "API", "LLAMAPARSE", "OPENAI", "MONITORING")
MACHINE = {"python", "packages", "memory", "programs", "shelters", "embeddings", "disk", "home", "data"}
PATIENCE_SECONDS = 40
COMMAND = re.compile(r"[Rr]un: ([^,]+)")
LISTENER = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    print(flush=True)
    guests = []
    while True:
        guests.append(server.accept())
"""
HOARDER = """
import asyncio, asyncpg, sys
async def hoard():
    held = []
    while True:
        try:
            held += await asyncio.gather(*(asyncpg.connect(sys.argv[1], ssl=False) for _ in range(10)))
        except asyncpg.TooManyConnectionsError:
            break
    print(flush=True)
    await asyncio.sleep(600)
asyncio.run(hoard())
"""
HOLDER_OF_LOCK = """
import os, signal, sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print(flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


@dataclass(frozen=True)
class Patient(Stack):
    """A stack of its own with ports of its own, examined in this process and treated by the command line."""

    variables: dict[str, str]

    def accessa(self, *arguments: str | Path, **settings: str) -> Ran:
        """Run one command with the ports of this stack."""
        return super().accessa(*arguments, **{**self.variables, **settings})

    @property
    def settings(self) -> Settings:
        """The settings of whoever asks."""
        return settings_of({"ACCESSA_HOME": str(self.home), **self.variables})

    @property
    def places(self) -> Places:
        """Its files."""
        return Places(self.home)

    @property
    def plan(self) -> Plan:
        """What it runs by."""
        return read_plan(self.places.plan)

    @property
    def state(self) -> StackState:
        """What runs now."""
        state = read_state(self.settings)
        assert state is not None
        return state

    def pid(self, name: str) -> int:
        """Return the process of a service."""
        service = self.state.service(name)
        assert service
        assert service.pid
        return service.pid

    def examined(self) -> dict[str, Finding]:
        """Return what the doctor finds."""
        return {finding.name: finding for finding in doctor(self.settings)}

    def until(self, name: str, is_so: Callable[[Finding], bool]) -> Finding:
        """Ask the doctor until it finds something so; many faults show, and many are over, after some seconds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = self.examined().get(name)
            if found and is_so(found):
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.1)

    def treat(self, mend: str) -> None:
        """Run the command that the doctor names."""
        named = COMMAND.search(mend)
        assert named, mend
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"ACCESSA_HOME": str(self.home), **self.variables}
        environment["PATH"] = f"{Path(PROGRAM).parent}:{environment['PATH']}"
        done = subprocess.run(
            ["bash", "-c", named[1]], env=environment, capture_output=True, text=True, check=False, timeout=100
        )
        assert 0 == done.returncode, done.stderr

    def be_up(self) -> None:
        """Start unless it runs."""
        if read_state(self.settings) is None:
            started = self.accessa("up")
            assert 0 == started.code, started.err

    def be_down(self) -> None:
        """Stop unless it is stopped."""
        if read_state(self.settings):
            stopped = self.accessa("down")
            assert 0 == stopped.code, stopped.err

    def sql(self, *statements: str) -> None:
        """Run statements in its database."""

        async def run() -> None:
            connection = await asyncpg.connect(self.plan.environment["DATABASE_URL"], ssl=False)
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())


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


Plant = Callable[[Patient], AbstractContextManager[list[str]]]


@contextmanager
def child(*command: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program that says when it is ready, and surely end it."""
    with subprocess.Popen([sys.executable, "-c", *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def halted(name: str) -> Plant:
    """Return the plant of a service that a signal holds."""

    @contextmanager
    def plant(patient: Patient) -> Iterator[list[str]]:
        process = psutil.Process(patient.pid(name))
        process.suspend()
        try:
            yield [f"{name} (pid {process.pid}", "is held by a signal (SIGSTOP)"]
        finally:
            process.resume()

    return plant


@contextmanager
def database_that_hangs(patient: Patient) -> Iterator[list[str]]:
    """Hold Postgres, and expect the words about the database; the service has the command."""
    with halted("postgres")(patient):
        yield [f"Postgres at 127.0.0.1:{patient.variables['ACCESSA_POSTGRES_PORT']} did not answer within 1.5 s"]


@contextmanager
def halted_supervisor(patient: Patient) -> Iterator[list[str]]:
    """Hold the supervisor, so that nobody starts anything again."""
    process = psutil.Process(patient.state.supervisor_pid)
    process.suspend()
    try:
        yield [f"The supervisor (pid {process.pid}) is held by a signal"]
    finally:
        process.resume()


@contextmanager
def stolen_port(patient: Patient) -> Iterator[list[str]]:
    """End a simulator, and have another program listen on its port before it is started again."""
    with ExitStack() as thieves:
        with halted_supervisor(patient):
            service = psutil.Process(patient.pid("mock-openai"))
            service.kill()
            while service.is_running() and service.status() != psutil.STATUS_ZOMBIE:
                time.sleep(0.01)
            thief = thieves.enter_context(child(LISTENER, patient.variables["ACCESSA_OPENAI_PORT"]))
        yield [f"mock-openai cannot have its port: python (pid {thief.pid}) listens at http://127.0.0.1:"]


@contextmanager
def full_database(patient: Patient) -> Iterator[list[str]]:
    """Take every connection that is left."""
    with child(HOARDER, patient.plan.environment["DATABASE_URL"]) as hoarder:
        yield ["connection", f"; python (pid {hoarder.pid}) holds ", "in use"]


@contextmanager
def older_schema(patient: Patient) -> Iterator[list[str]]:
    """Take the schema back by one revision."""
    before = f"{int(HEAD) - 1:04}"
    migrate.downgrade(patient.plan.environment["DATABASE_URL"], before)
    yield [f"The schema is at {before}, and this version (0.1.0) needs {HEAD}."]


@contextmanager
def newer_schema(patient: Patient) -> Iterator[list[str]]:
    """Have the schema say that it was made by a version to come."""
    version = "UPDATE public.accessa_alembic_version SET version_num = '{}'"
    since = "UPDATE upload_pipeline.deployment SET works_since = '{}'"
    patient.sql(version.format("9000"), since.format("9000"))
    try:
        yield ["The schema is at 9000, newer than this version (0.1.0) takes", "Install the newer version"]
    finally:
        patient.sql(version.format(HEAD), since.format("0003"))


@contextmanager
def missing_bucket(patient: Patient) -> Iterator[list[str]]:
    """Delete one of the two buckets."""
    environment = patient.plan.environment
    key = environment["SUPABASE_SERVICE_ROLE_KEY"]
    url = f"{environment['SUPABASE_URL']}/storage/v1/bucket/parsed"
    deleted = httpx.delete(url, headers={"Authorization": f"Bearer {key}", "apikey": key})
    assert deleted.is_success, deleted.text
    yield ["The storage at 127.0.0.1 shows no bucket parsed."]


@contextmanager
def worker_with_wrong_clock(patient: Patient) -> Iterator[list[str]]:
    """Let a worker of another machine beat, whose clock is 75 s ahead."""
    patient.sql(
        "INSERT INTO upload_pipeline.workers (worker_id, host, pid, state, jobs_in_hand, version, vitals)"
        " VALUES ('attic:7:aa', 'attic', 7, 'running', 0, '0.1.0', '{\"clock_ahead_seconds\": 75.04}')"
    )
    try:
        yield ["that of worker attic:7:aa is 75.0 s ahead of the database's", "Run on attic: sudo timedatectl"]
    finally:
        patient.sql("DELETE FROM upload_pipeline.workers WHERE host = 'attic'")


@contextmanager
def silent_workers(patient: Patient) -> Iterator[list[str]]:
    """Hold the only worker, and let its last sign of life be a minute old."""
    with halted("base-worker")(patient):
        patient.sql("UPDATE upload_pipeline.workers SET heartbeat_at = now() - interval '1 minute'")
        yield ["No worker gave a sign of life within 15 s; 0 document(s) wait."]


@contextmanager
def other_version(patient: Patient) -> Iterator[list[str]]:
    """Have the stack say that another version has started it."""
    state = patient.state
    write_state(patient.places.state, state.model_copy(update={"version": "0.0.9"}))
    try:
        yield [
            "The stack was started by version 0.0.9, and version 0.1.0 is installed now.",
            "accessa down && accessa up",
        ]
    finally:
        write_state(patient.places.state, state)


RUNNING: dict[str, tuple[str, Plant, bool]] = {
    "a simulator that hangs": ("mock-llamaparse", halted("mock-llamaparse"), True),
    "a worker that hangs": ("base-worker", halted("base-worker"), True),
    "a supervisor that hangs": ("supervisor", halted_supervisor, True),
    "Postgres that hangs": ("postgres", halted("postgres"), True),
    "a database that does not answer": ("database", database_that_hangs, False),
    "no connection left": ("database", full_database, True),
    "an older schema": ("schema", older_schema, True),
    "a newer schema": ("schema", newer_schema, False),
    "a bucket that is missing": ("storage", missing_bucket, True),
    "a wrong clock": ("clocks", worker_with_wrong_clock, False),
    "no worker": ("workers", silent_workers, False),
    "a stack of another version": ("version", other_version, False),
    "a simulator whose port was stolen": ("mock-openai", stolen_port, True),
}
"""Each fault: the finding that names it, how it is planted, and whether the command that the doctor names is run."""


def examine_planted(patient: Patient, name: str, plant: Plant, *, treated: bool) -> None:
    """Plant a fault, see it named, do what is told (or undo the plant), and see that it is over."""
    with plant(patient) as words:
        found = patient.until(name, lambda finding: tells(finding, words))
        sys.stdout.write(f"BAD  {name:<16} {found.sentence} -> {found.mend}\n")
        if treated:
            patient.treat(found.mend)
            patient.until(name, is_well)
    patient.until(name, is_well)


def tells(finding: Finding, words: list[str]) -> bool:
    """Tell whether a finding is of a fault, with all of the words."""
    told = f"{finding.sentence} -> {finding.mend}"
    return not finding.ok and all(word in told for word in words)


def is_well(finding: Finding) -> bool:
    """Tell whether a finding is no fault."""
    return finding.ok


def test_a_healthy_stack_has_no_finding_that_is_bad(patient: Patient) -> None:
    """Every look is made, in a few seconds, and none complains about the stack."""
    patient.be_up()
    begun = time.monotonic()
    found = patient.examined()
    seconds = time.monotonic() - begun

    assert {"settings", "stacks", "version", "database", "schema", "workers", "clocks", "storage", "keys"} <= set(found)
    assert [] == [one for one in found.values() if not one.ok and one.name not in MACHINE]
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


def test_rejected_webhooks_are_told_as_the_monitoring_sees_them(patient: Patient) -> None:
    """A webhook that is signed by another secret shows in the doctor's words, with the setting that is wrong."""
    patient.be_up()
    url = f"{patient.plan.environment['API_PUBLIC_URL']}/webhooks/llamaparse/some-locator"
    refused = httpx.post(url, json={"event_id": "12345678"}, headers={"LC-Signature": "of another secret"})
    found = patient.until("webhooks", lambda finding: not finding.ok)
    sys.stdout.write(f"BAD  webhooks {found.sentence} -> {found.mend}\n")

    assert 401 == refused.status_code
    assert "bad_signature" in found.sentence
    assert "LLAMAPARSE_WEBHOOK_SECRET" in found.sentence


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
    """A worker with another webhook secret is named, and so is a key that the storage refuses; both are mended."""
    patient.be_up()
    plan = patient.plan
    foreign = [
        service.model_copy(
            update={"environment": service.environment | {"LLAMAPARSE_WEBHOOK_SECRET": "of an older stack"}}
        )
        for service in plan.services
    ]
    write_plan(patient.places.plan, plan.model_copy(update={"services": tuple(foreign)}))
    assert 0 == patient.accessa("up", "--workers", "2").code
    secrets = json.loads(patient.places.secrets.read_text())
    patient.places.secrets.write_text(json.dumps(secrets | {"service_role_key": secrets["service_role_key"][:-4]}))
    keys = patient.examined()["keys"]
    sys.stdout.write(f"BAD  keys {keys.sentence} -> {keys.mend}\n")

    assert "LLAMAPARSE_WEBHOOK_SECRET of base-worker-2 is not that of api-server and base-worker" in keys.sentence
    patient.treat(keys.mend)
    found = patient.until("storage", lambda finding: not finding.ok)
    sys.stdout.write(f"BAD  storage {found.sentence} -> {found.mend}\n")
    assert "SUPABASE_SERVICE_ROLE_KEY" in found.sentence
    assert patient.examined()["keys"].ok
    patient.treat(found.mend)
    assert patient.until("storage", is_well)


@contextmanager
def crashed_stack(patient: Patient) -> Iterator[list[str]]:
    """Kill all of a stack at once, but for a service that lives on."""
    patient.be_up()
    supervisor = patient.state.supervisor_pid
    everybody = {process.pid: process for process in marked(patient.places.stack_id)}
    survivor = everybody.pop(patient.pid("monitoring"))
    for process in everybody.values():
        process.suspend()
    survivor.suspend()  # it would end with its supervisor, as it was told to
    for process in everybody.values():
        process.kill()
    yield [f"its supervisor (pid {supervisor}) is gone", "live on: monitoring (pid", "left its postmaster.pid"]


@contextmanager
def taken_port(patient: Patient) -> Iterator[list[str]]:
    """Have another program listen on the port that was asked for."""
    port = patient.variables["ACCESSA_API_PORT"]
    with child(LISTENER, port) as thief:
        yield [f"ACCESSA_API_PORT={port} cannot be used for api-server: python", f"(pid {thief.pid}) listens there."]


@contextmanager
def second_stack(patient: Patient) -> Iterator[list[str]]:
    """Start a small stack of another home on the port that this one asks for."""
    places, port = Places(patient.home.with_name("other home")), int(patient.variables["ACCESSA_API_PORT"])
    places.prepare()
    service = Service(
        name="api-server",
        argv=(sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)),
        environment={STACK_MARK: places.stack_id, SERVICE_MARK: "api-server"},
        directory=places.root,
        health=Health(kind="http", address=f"http://127.0.0.1:{port}/"),
        port=port,
    )
    write_plan(places.plan, Plan(stack_id=places.stack_id, version="0.1.0", services=(service,), environment={}))
    marks = {STACK_MARK: places.stack_id, SERVICE_MARK: "supervisor"}
    command = [sys.executable, "-m", "accessa.stack.supervisor", str(places.root)]
    with subprocess.Popen(command, env=os.environ | marks, stdout=subprocess.DEVNULL) as supervisor:
        try:
            yield [f"that of {places.root} runs and has the ports {port} (api-server)", "accessa down"]
        finally:
            supervisor.terminate()


@contextmanager
def held_lock(patient: Patient) -> Iterator[list[str]]:
    """Let a command take the lock of the stack, and hold it by a signal."""
    with child(HOLDER_OF_LOCK, str(patient.places.lock)) as holder:
        yield [f"(pid {holder.pid}) is starting or stopping the stack and is held by a signal"]


@contextmanager
def data_of_older_postgres(patient: Patient) -> Iterator[list[str]]:
    """Have the database say that Postgres 17 has made it; what is moved away is put back."""
    data = patient.places.postgres / "data"
    (data / "PG_VERSION").write_text("17\n")
    yield [f"The database in {data} was made by Postgres 17, and the programs are 18."]
    aside = data.with_name("data-of-17")
    assert (17, False) == (int((aside / "PG_VERSION").read_text()), data.exists())
    (aside / "PG_VERSION").write_text("18\n")
    aside.rename(data)


STOPPED: dict[str, tuple[str, Plant, bool]] = {
    "a stack that crashed": ("leftovers", crashed_stack, True),
    "a port that is taken": ("ports", taken_port, True),
    "two stacks at once": ("stacks", second_stack, True),
    "a lock that is held": ("leftovers", held_lock, True),
    "a database of another version": ("data", data_of_older_postgres, True),
}


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
