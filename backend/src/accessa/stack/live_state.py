"""Whether the stack runs: the state file is believed only while its supervisor lives."""

from __future__ import annotations

import psutil

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.places import Places, home
from accessa.stack.processes import find
from accessa.stack.state import StackState, load_state

_CRASHED = (
    "The stack is not running: its supervisor ended without being asked, as in a crash or a restart of this machine. "
    "The data is kept; start it again with: accessa up"
)


def supervisor_of(places: Places) -> psutil.Process | None:
    """Return the living supervisor of this stack, known by its birth or its mark, else None."""
    state = load_state(places.state)
    return find(state.supervisor_pid, state.supervisor_created, places.stack_id) if state else None


def live_state(places: Places) -> StackState | None:
    """Return what runs now; None if no supervisor lives."""
    return load_state(places.state) if supervisor_of(places) else None


def read_state(settings: Settings) -> StackState | None:
    """Return the state of the running stack, or None if it does not run."""
    return live_state(Places(home(settings)))


def require_supervisor(places: Places) -> StackState:
    """Return the state of the running stack; raise `UsageError` STACK_NOT_RUNNING with the command that starts it."""
    state = live_state(places)
    if state is None or state.phase == "failed":
        # A stack that ends in order takes its state file away.
        crashed = state is None and load_state(places.state) is not None
        raise UsageError("STACK_NOT_RUNNING", _CRASHED if crashed else None)
    return state
