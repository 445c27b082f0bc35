"""`accessa up`: one background supervisor, however often and from however many shells it is asked for."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import psutil

from accessa.domain.errors import UsageError, is_disk_full
from accessa.settings import Settings, process_environment
from accessa.stack import containers
from accessa.stack.blueprint import Tell, changed_settings, make_plan, tell_nobody
from accessa.stack.boot_watch import wait_for_boot
from accessa.stack.command import detached_command
from accessa.stack.environment import machine_variables
from accessa.stack.leftovers import SUPERVISOR, end_leftovers
from accessa.stack.live_state import live_state, supervisor_of
from accessa.stack.log_file import rotate
from accessa.stack.places import Places, home
from accessa.stack.plan import read_plan, write_plan
from accessa.stack.port_locks import PortLocks
from accessa.stack.ports import is_free
from accessa.stack.processes import SERVICE_MARK, STACK_MARK, wait_gone
from accessa.stack.service_table import ServiceTable, local_services, with_workers
from accessa.stack.stack_lock import stack_lock
from accessa.stack.state import StackState
from accessa.stack.worker_count import wanted_workers

_STOPPING_SECONDS = 120
_PORT_CHOICES = 3
_CONTAINERS_RUN = (
    "The stack of this home runs as containers, and one home has one stack; stop it first with: accessa down"
)


def up(
    settings: Settings,
    workers: int | Literal["auto"] | None = None,
    on_progress: Tell = tell_nobody,
    table: ServiceTable = local_services,
) -> StackState:
    """Leave the stack running and healthy, and return its state; `notes` in it tell of ports that moved.

    A running stack stays as it is, except for its number of workers when `workers` is given. What a crashed stack left
    behind is ended first. `on_progress` gets one sentence for each step. Raises `UsageError` STACK_FAILED,
    NO_FREE_PORT, DISK_FULL or SETTINGS_INVALID, with nothing left running.
    """
    if containers.running_project(settings):
        raise UsageError("STACK_FAILED", _CONTAINERS_RUN)
    places = Places(home(settings))
    places.prepare()
    with stack_lock(places, on_progress):
        _let_it_stop(places)
        running = live_state(places)
        if running and running.phase in {"starting", "running"}:
            number = workers and wanted_workers(workers, on_progress)
            return _keep(settings, places, number, on_progress)
        if ended := end_leftovers(places):
            on_progress(f"Ended {ended} process(es) that an earlier stack had left behind.")
        with _plain_words():
            number = wanted_workers(workers or settings.stack.workers, on_progress)
            return _start_fresh(settings, places, number, table, on_progress)


def _let_it_stop(places: Places) -> None:
    """Wait for a supervisor that is on its way out, as after a `down` from another shell."""
    state, supervisor = live_state(places), supervisor_of(places)
    if state and supervisor and state.phase in {"stopping", "failed"}:
        wait_gone([supervisor], _STOPPING_SECONDS)


@contextlib.contextmanager
def _plain_words() -> Iterator[None]:
    """Translate what the system says about files and disks while the stack is prepared."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise UsageError("DISK_FULL") from error
        raise UsageError("STACK_FAILED", f"The stack could not be prepared: {error}.") from error


def _start_fresh(settings: Settings, places: Places, workers: int, table: ServiceTable, tell: Tell) -> StackState:
    """Start a new supervisor; a foreign program may take a port between its choice and its use, so choose anew."""
    choices = 0
    while True:
        choices += 1
        with PortLocks() as locks:
            plan = make_plan(settings, places, workers, table, tell, locks=locks)
            write_plan(places.plan, plan)
            try:
                return _boot(places, locks, tell)
            except UsageError:
                if choices == _PORT_CHOICES or all(is_free(service.port) for service in plan.services if service.port):
                    raise
        tell("Another program took a port meanwhile; choosing again.")


def _boot(places: Places, locks: PortLocks, tell: Tell) -> StackState:
    supervisor = _start_supervisor(places, locks)
    try:
        return wait_for_boot(places, supervisor, tell)
    except BaseException:
        _stop_and_clean(places, supervisor)
        raise


def _start_supervisor(places: Places, locks: PortLocks) -> psutil.Process:
    """Start it in the background; it inherits the locks and holds them as long as it lives."""
    log = places.logs / f"{SUPERVISOR}.jsonl"
    rotate(log)
    command = detached_command([sys.executable, "-m", "accessa.stack.supervisor", str(places.root)], log)
    environment = machine_variables(process_environment()) | {
        "PYTHONUNBUFFERED": "1",
        STACK_MARK: places.stack_id,
        SERVICE_MARK: SUPERVISOR,
    }
    answer = subprocess.run(
        command,
        cwd=places.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        pass_fds=locks.descriptors,
        start_new_session=True,
        check=False,
        text=True,
    )
    try:
        return psutil.Process(int(answer.stdout))
    except (ValueError, psutil.NoSuchProcess):
        words = answer.stderr.strip() or "it ended at once"
        raise UsageError("STACK_FAILED", f"The supervisor did not start: {words}. See: accessa logs") from None


def _stop_and_clean(places: Places, supervisor: psutil.Process) -> None:
    with contextlib.suppress(psutil.Error):
        supervisor.send_signal(signal.SIGTERM)
    wait_gone([supervisor], _STOPPING_SECONDS)
    end_leftovers(places)


def _keep(settings: Settings, places: Places, workers: int | None, tell: Tell) -> StackState:
    """Report the running stack, after giving it the number of workers that was asked for."""
    supervisor = _living_supervisor(places)
    state = wait_for_boot(places, supervisor, tell)
    plan = read_plan(places.plan)
    if changed := changed_settings(plan, settings):
        tell(f"The running stack keeps its old {', '.join(changed)}; to change: accessa down, then accessa up")
    if workers is None or workers == state.workers:
        tell("The stack is already running.")
        return state
    tell(f"The stack is already running; changing its workers from {state.workers} to {workers}.")
    write_plan(places.plan, with_workers(plan, workers))
    supervisor.send_signal(signal.SIGHUP)
    return wait_for_boot(places, supervisor, tell, workers)


def _living_supervisor(places: Places) -> psutil.Process:
    supervisor = supervisor_of(places)
    if supervisor is None:
        raise UsageError(
            "STACK_FAILED", "The stack stopped while this command looked at it; start it again: accessa up"
        )
    return supervisor
