"""What a start of the stack would meet: ports that are taken, and what a stack that crashed has left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.diagnosis.finding import Finding, bad, good
from accessa.stack.leftovers import find_leftovers
from accessa.stack.live_state import live_state
from accessa.stack.places import Places
from accessa.stack.ports import PortWish, choose_ports, is_free
from accessa.stack.postgres.location import recorded_folder
from accessa.stack.postgres.remains import postmaster_pid
from accessa.stack.processes import called, is_halted, listener_of, other_processes, service_of
from accessa.stack.service_table import port_wishes
from accessa.stack.stack_lock import unless_locked
from accessa.stack.state import load_state

_DOWN = "Run: accessa down"
_MOST_TOLD = 5


def look_at_ports(settings: Settings) -> Finding:
    """Tell which ports the stack would have, and who has those that were asked for."""
    wishes = port_wishes(settings)
    try:
        ports, notes = choose_ports(wishes)
    except UsageError as error:
        taken = [wish for wish in wishes if wish.asked and not is_free(wish.asked)]
        told = [_taken(wish, listener_of(wish.asked or 0)) for wish in taken]
        if not told:
            return bad("ports", error.message, "Set another port, or end the other program.")
        return bad("ports", " ".join(sentence for sentence, _ in told), "; ".join(mend for _, mend in told))
    numbers = ", ".join(str(port) for port in ports.values())
    return good("ports", " ".join([*notes, f"The stack would use the ports {numbers}."]))


def _taken(wish: PortWish, holder: psutil.Process | None) -> tuple[str, str]:
    asked = f"{wish.variable}={wish.asked}"
    if holder is None:
        words = f"{asked} cannot be used for {wish.service}: another user's program has that port, or it is privileged."
        return words, f"To see which: sudo lsof -nPi :{wish.asked}; or set another {wish.variable}"
    words = f"{asked} cannot be used for {wish.service}: {called(holder)} listens there."
    return words, f"Run: kill {holder.pid}, or set another {wish.variable}"


def look_at_leftovers(places: Places) -> Finding:
    """Tell of processes and files of a stack that did not end in order."""
    with unless_locked(places) as idle:
        if not idle or live_state(places):
            return _busy(places)
        traces = list(_traces(places)) if places.root.exists() else []
    if traces:
        words = "The stack ended without being asked, as in a crash or a restart of this machine"
        return bad("leftovers", f"{words}: {'; '.join(traces)}.", _DOWN)
    return good("leftovers", "The stack is not running, and nothing of it is left over.")


def _busy(places: Places) -> Finding:
    holder = _holder(places.lock)
    if holder and is_halted(holder):
        words = f"{called(holder)} is starting or stopping the stack and is held by a signal, so every other one waits."
        return bad("leftovers", words, f"Run: kill -CONT {holder.pid}")
    who = f"Another command ({called(holder)})" if holder else "Another command"
    return good("leftovers", f"{who} is starting or stopping the stack; ask again when it has ended.")


def _holder(lock: Path) -> psutil.Process | None:
    """Return the command that holds the lock, if this user may look into it."""
    path = os.path.realpath(lock)
    for process in other_processes():
        try:
            if process.name().startswith(("accessa", "python")) and path in {
                file.path for file in process.open_files()
            }:
                return process
        except psutil.Error:
            continue
    return None


def _traces(places: Places) -> Iterator[str]:
    state = load_state(places.state)
    if state:
        yield f"its supervisor (pid {state.supervisor_pid}) is gone, and {places.state.name} tells of it"
    elif places.state.exists():
        yield f"{places.state} is of another version, or broken"
    living = find_leftovers(places)
    if living:
        names = [f"{service_of(process) or 'a process'} (pid {process.pid})" for process in living[:_MOST_TOLD]]
        rest = f" and {len(living) - _MOST_TOLD} more" if len(living) > _MOST_TOLD else ""
        yield f"{len(living)} process(es) live on: {', '.join(names)}{rest}"
    server = postmaster_pid(recorded_folder(places.postgres) or places.postgres / "data")
    if server:
        yield f"Postgres (pid {server}) left its postmaster.pid"
