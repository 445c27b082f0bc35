"""The faults that are planted in a stack, each with the words by which the doctor has to name it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import httpx
import psutil
from backend.tests.e2e.patient import Patient, is_well

from accessa.stack.places import Places
from accessa.stack.plan import Health, Plan, Service, write_plan
from accessa.stack.ports import is_free
from accessa.stack.processes import SERVICE_MARK, STACK_MARK, marked
from accessa.stack.state import write_state
from accessa.store import migrate
from accessa.store.schema_version import HEAD

STORAGE = "supabase-storage"
_SECRETS = {STORAGE: "SUPABASE_JWT", "base-worker": "LLAMAPARSE_WEBHOOK"}
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


Plant = Callable[[Patient], AbstractContextManager[list[str]]]


@contextmanager
def child(*command: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program that says when it is ready, and surely end it."""
    with subprocess.Popen([sys.executable, "-c", *command], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline(), "it ended before it was ready"
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
        yield [f"Postgres at 127.0.0.1:{patient.variables['ACCESSA_POSTGRES_PORT']} did not answer within 2 s"]


@contextmanager
def silent_storage(patient: Patient) -> Iterator[list[str]]:
    """Hold the storage, and expect the words about what it was asked; the service has the command."""
    with halted("supabase-storage")(patient):
        yield ["The storage at 127.0.0.1 did not answer within 2 s", "accessa logs supabase-storage"]


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
            psutil.Process(patient.pid("mock-openai")).kill()
            while not is_free(int(patient.variables["ACCESSA_OPENAI_PORT"])):
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


@contextmanager
def keys_of_another_stack(patient: Patient) -> Iterator[None]:
    """Start the storage anew with another secret, and a second worker likewise, as if they came from another stack."""
    plan = patient.plan
    others = {
        service.name: service.model_copy(
            update={
                "environment": service.environment | {f"{name}_SECRET": "of another stack, and long enough to be taken"}
            }
        )
        for service, name in ((one, _SECRETS[one.name]) for one in plan.services if one.name in _SECRETS)
    }
    services = [others.get(service.name, service) for service in plan.services if service.name != STORAGE]
    write_plan(patient.places.plan, plan.model_copy(update={"services": tuple(services)}))
    changed = patient.accessa("up", "--workers", "2")
    assert 0 == changed.code, changed.err
    plan = patient.plan
    write_plan(patient.places.plan, plan.model_copy(update={"services": (*plan.services, others[STORAGE])}))
    psutil.Process(patient.state.supervisor_pid).send_signal(signal.SIGHUP)
    patient.until(STORAGE, is_well)
    yield


RUNNING: dict[str, tuple[str, Plant, bool]] = {
    "a simulator that hangs": ("mock-llamaparse", halted("mock-llamaparse"), True),
    "a worker that hangs": ("base-worker", halted("base-worker"), True),
    "a supervisor that hangs": ("supervisor", halted_supervisor, True),
    "Postgres that hangs": ("postgres", halted("postgres"), True),
    "a database that does not answer": ("database", database_that_hangs, False),
    "a storage that hangs": ("storage", silent_storage, False),
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
