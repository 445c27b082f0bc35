"""Other stacks of this machine: which run, from which homes, and on which ports."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from accessa.settings import Settings
from accessa.stack.diagnosis.finding import Finding, bad, good
from accessa.stack.leftovers import SUPERVISOR
from accessa.stack.places import Places
from accessa.stack.processes import is_alive, other_processes, service_of, stack_of
from accessa.stack.service_table import port_wishes
from accessa.stack.state import StackState, load_state


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another running stack; `ports` are those of its services."""

    home: str
    ports: dict[int, str]

    @property
    def stop(self) -> str:
        """The command that stops it."""
        return f"ACCESSA_HOME={shlex.quote(self.home)} accessa down"


def look_at_neighbours(settings: Settings, places: Places, state: StackState | None) -> Finding:
    """Tell of stacks of other homes; one that has the ports that this one would like to have is easily mistaken."""
    others = list(neighbours(places.stack_id))
    own = {service.port for service in state.services} if state else set()
    wished = {wish.asked or wish.usual for wish in port_wishes(settings)} - own
    in_the_way = [other for other in others if wished & other.ports.keys()]
    if in_the_way:
        told = " and ".join(_told(other, wished) for other in in_the_way)
        here = "so this one has moved to others" if state else "which this one would like to have"
        mend = "; ".join(f"Run: {other.stop}" for other in in_the_way)
        return bad("stacks", f"Two stacks at once: {told}, {here}.", mend)
    if others:
        homes = " and ".join(other.home for other in others)
        return good("stacks", f"Another stack runs beside this one, on ports of its own: {homes}.")
    return good("stacks", "No other stack of this user runs.")


def _told(other: Neighbour, wished: set[int]) -> str:
    ports = ", ".join(f"{port} ({name})" for port, name in sorted(other.ports.items()) if port in wished)
    return f"that of {other.home} runs and has the ports {ports}"


def neighbours(own_id: str) -> Iterator[Neighbour]:
    """Yield the running stacks of this user but the one of `own_id`, known by their supervisors."""
    for process in other_processes():
        if service_of(process) != SUPERVISOR or stack_of(process) == own_id or not is_alive(process):
            continue
        home = _home(process)
        if home:
            state = load_state(Places(Path(home)).state)
            services = state.services if state else []
            yield Neighbour(home, {service.port: service.name for service in services if service.port})


def _home(process: psutil.Process) -> str:
    """Return the home that the supervisor was started for, its last argument; empty if it is another user's."""
    try:
        arguments: Sequence[str] = process.cmdline()
        return arguments[-1] if arguments and process.uids().real == os.getuid() else ""
    except psutil.Error:
        return ""
