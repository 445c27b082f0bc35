"""`accessa down`: the stack stops in order, or at least stops."""

from __future__ import annotations

import contextlib
import signal

import psutil

from accessa.settings import Settings
from accessa.stack import containers
from accessa.stack.blueprint import Tell, tell_nobody
from accessa.stack.leftovers import end_leftovers, find_leftovers
from accessa.stack.live_state import supervisor_of
from accessa.stack.places import Places, home
from accessa.stack.plan import read_plan
from accessa.stack.processes import wait_gone
from accessa.stack.stack_lock import stack_lock

_MARGIN_SECONDS = 15


def down(settings: Settings, on_progress: Tell = tell_nobody) -> bool:
    """Stop the stack, its data stays; return whether anything was running. Harmless when nothing is.

    The services get their time to finish (a worker its drain time). Whatever still lives after that, and whatever a
    crashed stack left behind, is ended by its id.
    """
    if project := containers.running_project(settings):
        containers.down(project, on_progress)
        return True
    places = Places(home(settings))
    if not places.root.exists() and not find_leftovers(places):
        on_progress("The stack is not running.")
        return False
    places.prepare()
    # Before the lock: a start that hangs holds it, and ends once its supervisor does.
    stopped = _ask_to_stop(places, on_progress)
    with stack_lock(places, on_progress):
        stopped |= _ask_to_stop(places, on_progress if not stopped else tell_nobody)
        if supervisor := supervisor_of(places):
            wait_gone([supervisor], stop_seconds(places))
        ended = end_leftovers(places)
    if ended:
        on_progress(f"Ended {ended} process(es) that did not stop, or that a crashed stack had left behind.")
    on_progress("The stack is stopped." if stopped or ended else "The stack is not running.")
    return stopped or bool(ended)


def _ask_to_stop(places: Places, tell: Tell) -> bool:
    supervisor = supervisor_of(places)
    if supervisor is None:
        return False
    tell("Stopping the stack; work under way is finished first.")
    with contextlib.suppress(psutil.Error):
        supervisor.send_signal(signal.SIGTERM)
    return True


def stop_seconds(places: Places) -> float:
    """Return how long an orderly stop may take: services wait for one another, and each has its patience."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        services = read_plan(places.plan).services
        slowest = max((service.stop_seconds for service in services), default=0)
        return slowest * 2 + _MARGIN_SECONDS
    return float(_MARGIN_SECONDS)
