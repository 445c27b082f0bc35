"""The processes that blows fall on: found by the supervisor's word, known by their birth, never by a name alone."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psutil

from accessa.drill.ground import Ground
from accessa.stack.live_state import live_state
from accessa.stack.processes import find
from accessa.stack.service_table import WORKER


@dataclass(frozen=True, slots=True)
class Victim:
    """One living service."""

    name: str
    process: psutil.Process

    def kill(self) -> bool:
        """Send SIGKILL; tell whether there was somebody to get it."""
        return self._send(signal.SIGKILL)

    def stop(self) -> bool:
        """Freeze it in the middle of whatever it does."""
        return self._send(signal.SIGSTOP)

    def go_on(self) -> bool:
        """Let a frozen one go on, as if nothing had happened."""
        return self._send(signal.SIGCONT)

    def quit_at_once(self) -> bool:
        """Send SIGQUIT, which is Postgres's immediate shutdown: as after a loss of power, it has to recover."""
        return self._send(signal.SIGQUIT)

    def _send(self, number: int) -> bool:
        try:
            self.process.send_signal(number)
        except psutil.Error:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Holder:
    """A worker that holds jobs, by the database; `crashes` is the most that one of them has been through."""

    worker_id: str
    jobs: int
    crashes: int

    @property
    def pid(self) -> int:
        """The process id within the worker's id, which is `host:pid:token`."""
        return int(self.worker_id.rsplit(":", 2)[1])


def healthy_workers(ground: Ground) -> list[Victim]:
    """Return the workers that the supervisor finds healthy, by name."""
    return _living(ground, lambda name: name.startswith(WORKER))


def service(ground: Ground, name: str) -> Victim | None:
    """Return a service that is healthy now, or None."""
    return next(iter(_living(ground, lambda other: other == name)), None)


def everything_healthy(ground: Ground) -> bool:
    """Tell whether every service of the stack works."""
    state = live_state(ground.places)
    return state is not None and all(each.state in {"healthy", "done"} for each in state.services)


def let_all_go_on(victims: Iterable[Victim]) -> None:
    """Let every frozen process go on: one that stays frozen cannot even be told to end."""
    for victim in victims:
        with contextlib.suppress(psutil.Error):
            victim.go_on()


def _living(ground: Ground, is_wanted: Callable[[str], bool]) -> list[Victim]:
    state = live_state(ground.places)
    if state is None:
        return []
    wanted = [each for each in state.services if each.state == "healthy" and is_wanted(each.name)]
    found = [(each.name, find(each.pid, each.created, state.stack_id)) for each in wanted]
    return sorted((Victim(name, process) for name, process in found if process), key=lambda victim: victim.name)
