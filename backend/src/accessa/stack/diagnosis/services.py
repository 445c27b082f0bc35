"""The services of the running stack: their processes, their answers, and the version they were started by."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from urllib.parse import urlsplit

import psutil

from accessa.settings import Settings
from accessa.stack.condition import status
from accessa.stack.diagnosis.finding import RESTART, Finding, bad, good
from accessa.stack.leftovers import SUPERVISOR
from accessa.stack.log_tail import last_words
from accessa.stack.places import Places
from accessa.stack.processes import called, is_halted, listener_of, stack_of
from accessa.stack.service_status import ServiceStatus
from accessa.stack.state import StackState

_MOST_WORDS = 200


def look_at_services(settings: Settings, places: Places, state: StackState) -> Iterator[Finding]:
    """Tell of the supervisor, and of each service how it answers at this moment."""
    if _is_halted(state.supervisor_pid):
        words = f"The supervisor (pid {state.supervisor_pid}) is held by a signal, so no service is started again."
        yield bad(SUPERVISOR, words, f"Run: kill -CONT {state.supervisor_pid}")
    else:
        yield good(SUPERVISOR, f"The supervisor (pid {state.supervisor_pid}) watches over the services.")
    for service in status(settings):
        yield _told(service, places)


def _told(service: ServiceStatus, places: Places) -> Finding:
    name = service.name
    restarts = f", restarted {service.restarts} time(s)" if service.restarts else ""
    if service.pid and _is_halted(service.pid):
        words = f"{name} (pid {service.pid}{_at(service)}) is held by a signal (SIGSTOP) and does nothing{restarts}."
        return bad(name, words, f"Run: kill -CONT {service.pid}")
    if service.healthy:
        return good(name, f"{name} is healthy{restarts}.")
    if thief := _thief(service, places):
        words = f"{name} cannot have its port: {called(thief)} listens at {service.url}{restarts}."
        return bad(name, words, f"Run: kill {thief.pid}, and {name} is started again by itself")
    mend = f"See: accessa logs {name}; to start all anew: {RESTART}"
    if service.pid is None:
        said = last_words(places.logs / f"{name}.jsonl")[:_MOST_WORDS].rstrip(".")
        words = f"{name} has no process ({service.state}{restarts}){f'; it last said: {said}' if said else ''}."
        return bad(name, words, mend)
    words = f"{name} (pid {service.pid}{_at(service)}) runs and is not healthy ({service.state}{restarts})"
    silent = "it gives no answer in time" if service.url else "it gives no sign of life"
    return bad(name, f"{words}: {silent}.", f"Wait half a minute, as it is started again then. {mend}")


def _thief(service: ServiceStatus, places: Places) -> psutil.Process | None:
    """Return the program that has the port of a service and is none of this stack."""
    port = urlsplit(service.url or "").port
    listener = listener_of(port) if port else None
    return listener if listener and stack_of(listener) != places.stack_id else None


def _at(service: ServiceStatus) -> str:
    return f", {service.url}" if service.url else ""


def _is_halted(pid: int) -> bool:
    try:
        return is_halted(psutil.Process(pid))
    except psutil.Error:
        return False


def look_at_version(state: StackState) -> Finding:
    """Tell whether the stack was started by the version that is installed now."""
    installed = version("accessa")
    if state.version == installed:
        return good("version", f"The stack was started by this version, {installed}.")
    words = f"The stack was started by version {state.version}, and version {installed} is installed now."
    return bad("version", words, f"Run: {RESTART}")


def look_at_unknown_plan() -> Finding:
    """Tell that a stack runs by a plan that cannot be read, as that of another version."""
    words = f"A stack runs, and its plan cannot be read by version {version('accessa')}: another one has started it."
    return bad("version", words, f"Run: {RESTART}")
