"""What a stack that was not stopped in order left running."""

from __future__ import annotations

import psutil

from accessa.stack.places import Places
from accessa.stack.postgres import clear_remains
from accessa.stack.postgres.location import recorded_folder
from accessa.stack.processes import AT_ONCE, GENTLY, end, find, marked, service_of
from accessa.stack.state import load_state

SUPERVISOR = "supervisor"


def find_leftovers(places: Places) -> list[psutil.Process]:
    """Return every living process of this stack: those in its state file, and all that bear its mark."""
    found = {process.pid: process for process in [*_recorded(places), *marked(places.stack_id)]}
    return list(found.values())


def end_leftovers(places: Places) -> int:
    """End them all and forget their state; return how many there were.

    The supervisor goes first and at once, so that it starts nothing again. Postgres ends in order, and last.
    """
    leftovers = find_leftovers(places)
    supervisors = [process for process in leftovers if service_of(process) == SUPERVISOR]
    servers = [process for process in leftovers if service_of(process) == "postgres"]
    others = [process for process in leftovers if process not in supervisors and process not in servers]
    count = end(supervisors, AT_ONCE) + end(others, GENTLY)
    count += clear_remains(recorded_folder(places.postgres) or places.postgres / "data")
    # A child born while the others were ended is found now.
    count += end(marked(places.stack_id), GENTLY)
    places.state.unlink(missing_ok=True)
    return count


def _recorded(places: Places) -> list[psutil.Process]:
    state = load_state(places.state)
    if state is None:
        return []
    recorded = [(state.supervisor_pid, state.supervisor_created)]
    recorded += [(service.pid or 0, service.created) for service in state.services]
    return [process for pid, created in recorded if (process := find(pid, created, places.stack_id))]
