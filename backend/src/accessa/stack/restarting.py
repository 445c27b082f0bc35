"""`accessa restart`: a service gets a new process, in order and without counting as a death."""

from __future__ import annotations

import contextlib
import signal
import time
from collections import Counter
from dataclasses import dataclass

import psutil

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack import containers
from accessa.stack.blueprint import Tell, tell_nobody
from accessa.stack.condition import status
from accessa.stack.live_state import require_supervisor, supervisor_of
from accessa.stack.places import Places, home
from accessa.stack.plan import Plan, Service, read_plan, write_plan
from accessa.stack.service_names import chosen_services
from accessa.stack.service_status import ServiceStatus
from accessa.stack.stack_lock import stack_lock
from accessa.stack.state import ServiceState, StackState

_MARGIN_SECONDS = 15.0
_PAUSE_SECONDS = 0.03


def restart(settings: Settings, service: str, on_progress: Tell = tell_nobody) -> list[ServiceStatus]:
    """Give `service` (`base-worker`: all workers) a new process, and return how it is once that is healthy.

    The old one is told to stop and may finish its work; one that does not stop within its patience is ended. The others
    stay; of several workers each is healthy before the next one is told, so that work goes on. Raises `UsageError`
    STACK_NOT_RUNNING, NOT_FOUND, or STACK_FAILED when it does not get healthy.
    """
    if project := containers.running_project(settings):
        names = containers.restart(project, service, on_progress)
        return [row for row in status(settings) if row.name in names]
    places = Places(home(settings))
    require_supervisor(places)
    with stack_lock(places, on_progress):
        state = require_supervisor(places)
        names = _named(state, service)
        for name in names:
            _renew(settings, places, name, on_progress)
        return [row for row in status(settings) if row.name in names]


def _named(state: StackState, wanted: str) -> list[str]:
    known = [service.name for service in state.services if not service.once]
    names = chosen_services(known, wanted)
    if not names:
        raise UsageError("NOT_FOUND", f"There is no service called {wanted}; there are: {', '.join(known)}.")
    return names


def _renew(settings: Settings, places: Places, name: str, tell: Tell) -> None:
    """Give one service a new process, and wait until that is healthy."""
    state, plan = require_supervisor(places), read_plan(places.plan)
    plan = plan.model_copy(update={"renewals": dict(Counter(plan.renewals) + Counter([name]))})
    renewal = _renewal(state, plan, name)
    write_plan(places.plan, plan)
    _wake_supervisor(places)
    tell(renewal.beginning())
    _wait(settings, renewal, tell)


def _wake_supervisor(places: Places) -> None:
    supervisor = supervisor_of(places)
    with contextlib.suppress(psutil.Error):  # one that has just ended is found out by the look that follows
        if supervisor:
            supervisor.send_signal(signal.SIGHUP)


@dataclass(slots=True)
class _Renewal:
    """One service on its way to its new process; `number` counts those that were ever asked for."""

    service: Service
    number: int
    old_pid: int | None
    began: float
    is_replaced: bool = False
    is_over: bool = False

    @property
    def deadline(self) -> float:
        """When it must be healthy again; what is ended by force takes up to three signals."""
        return self.began + self.service.stop_seconds + self.service.start_seconds + _MARGIN_SECONDS

    def beginning(self) -> str:
        """Tell what happens now."""
        who = f"process {self.old_pid}" if self.old_pid else "no process lives"
        return f"{self.service.name}: told to stop ({who}), within {self.service.stop_seconds:.0f} s"

    def news(self, state: ServiceState) -> list[str]:
        """Return what is new by `state`."""
        if self.is_over or state.renewals < self.number:
            return []
        news = []
        if not self.is_replaced:
            self.is_replaced = True
            if self.old_pid and self._seconds() >= self.service.stop_seconds:
                news.append(f"{self.service.name}: did not stop in time and was ended")
        if state.state == "healthy":
            self.is_over = True
            news.append(f"{self.service.name}: healthy after {self._seconds():.1f} s, now process {state.pid}")
        return news

    def _seconds(self) -> float:
        return time.monotonic() - self.began


def _renewal(state: StackState, plan: Plan, name: str) -> _Renewal:
    service, seen = plan.service(name), state.service(name)
    if service is None or seen is None:
        raise UsageError("STACK_FAILED", "The stack changed while this command looked at it; run it again.")
    return _Renewal(service, plan.renewals[name], seen.pid, time.monotonic())


def _wait(settings: Settings, renewal: _Renewal, tell: Tell) -> None:
    name = renewal.service.name
    while True:
        state = require_supervisor(Places(home(settings)))
        for sentence in renewal.news(state.service(name) or ServiceState(name="")):
            tell(sentence)
        if renewal.is_over:
            return
        if time.monotonic() > renewal.deadline:
            raise UsageError("STACK_FAILED", f"{name} was restarted and is not healthy yet; see: accessa logs {name}")
        time.sleep(_PAUSE_SECONDS)
