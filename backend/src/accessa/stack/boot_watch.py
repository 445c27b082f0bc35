"""Watching a supervisor bring the stack up: one sentence for each service that gets healthy."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from accessa.domain.errors import UsageError
from accessa.stack.log_tail import last_words
from accessa.stack.places import Places
from accessa.stack.processes import is_alive
from accessa.stack.state import ServiceState, StackState, load_state

_LIMIT_SECONDS = 300
_PAUSE_SECONDS = 0.03


def wait_for_boot(
    places: Places, supervisor: psutil.Process, tell: Callable[[str], None], workers: int | None = None
) -> StackState:
    """Return the state once every service is healthy (and there are `workers`); raise `UsageError` STACK_FAILED."""
    told = _known_healthy(places)
    deadline = time.monotonic() + _LIMIT_SECONDS
    while time.monotonic() < deadline:
        alive = is_alive(supervisor)
        state = load_state(places.state)
        if state and state.supervisor_pid == supervisor.pid:
            _tell_news(state, told, tell)
            if _is_up(state, workers):
                return state
            _raise_failure(state)
        if not alive:
            raise UsageError(
                "STACK_FAILED", f"The stack ended while it was starting{_reason(places)}. See: accessa logs"
            )
        time.sleep(_PAUSE_SECONDS)
    raise UsageError("STACK_FAILED", f"The stack is not healthy after {_LIMIT_SECONDS} seconds; see: accessa status")


def _known_healthy(places: Places) -> set[str]:
    """Return the services that are no news: those of a stack that was running when the watch began."""
    state = load_state(places.state)
    return {service.name for service in state.services if _is_good(service)} if state else set()


def _is_good(service: ServiceState) -> bool:
    return service.state in {"healthy", "done"}


def _is_up(state: StackState, workers: int | None) -> bool:
    good = all(_is_good(service) for service in state.services)
    if workers is None:
        return state.phase == "running"
    return state.phase == "running" and state.workers == workers and good


def _tell_news(state: StackState, told: set[str], tell: Callable[[str], None]) -> None:
    for service in state.services:
        if _is_good(service) and service.name not in told:
            told.add(service.name)
            tell(_news(service))


def _news(service: ServiceState) -> str:
    if service.once:
        return f"{service.name}: done"
    return f"{service.name}: healthy{f' on port {service.port}' if service.port else ''}"


def _raise_failure(state: StackState) -> None:
    if state.phase == "failed":
        raise UsageError(
            "STACK_FAILED",
            f"{state.failed_service} did not start: {state.failure.rstrip('.')}. Everything was stopped again. "
            f"See: accessa logs {state.failed_service}",
        )


def _reason(places: Places) -> str:
    words = last_words(places.logs / "supervisor.jsonl")
    return f"; its last words were: {words.rstrip('.')}" if words else ""
