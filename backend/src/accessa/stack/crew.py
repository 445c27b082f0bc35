"""All services of a plan together: started in the order of their needs, stopped in the reverse order."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

from accessa.stack.places import Places
from accessa.stack.plan import Plan, Service
from accessa.stack.processes import birth_of
from accessa.stack.runner import Runner, StartFailedError
from accessa.stack.state import StackPhase, StackState, write_state
from accessa.telemetry.logs import get_logger

_LOG = get_logger(__name__)


class Crew:
    """The runners of a plan, and the state file that tells about them."""

    def __init__(self, plan: Plan, places: Places) -> None:
        self._plan = plan
        self._places = places
        self._phase: StackPhase = "starting"
        self._failure: StartFailedError | None = None
        self._started_at = datetime.now(UTC)
        self._created = birth_of(os.getpid())
        self._runners = {service.name: self._new_runner(service) for service in plan.services}
        self.publish()

    async def start(self) -> None:
        """Start all and return when all are healthy; raise `StartFailedError` for the first that cannot be."""
        tasks = {self._begin(runner, patient=False) for runner in self._runners.values()}
        everybody = asyncio.create_task(self._all_ready())
        try:
            while not everybody.done():
                done, tasks = await asyncio.wait({everybody, *tasks}, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
        finally:
            everybody.cancel()
        self.publish("running")

    async def follow(self, plan: Plan) -> None:
        """Stop the services that `plan` does not name any more, start those that are new in it, and renew the rest.

        Of those that stay, only the ones get a new process of which `plan` asks for one more than before.
        """
        self._plan = plan
        for name, renewals in plan.renewals.items():
            if name in self._runners:
                self._runners[name].renew(renewals)
        gone = [name for name in self._runners if plan.service(name) is None]
        await asyncio.gather(*(self._runners[name].stop() for name in gone))
        # Not before: a stop of the whole stack that comes meanwhile must find them.
        for name in gone:
            del self._runners[name]
        fresh = [service for service in plan.services if service.name not in self._runners]
        for service in fresh:
            self._runners[service.name] = self._new_runner(service)
            self._begin(self._runners[service.name], patient=True)
        if gone or fresh:
            _LOG.info("The plan changed", stopped=gone, started=[service.name for service in fresh])
        self.publish()

    async def stop(self) -> None:
        """Stop all, each service after those that need it."""
        self.publish("stopping")
        left = dict(self._runners)
        while left:
            needed = {name for runner in left.values() for name in runner.service.depends_on}
            free = [name for name in left if name not in needed] or list(left)
            await asyncio.gather(*(left.pop(name).stop() for name in free))

    def fail(self, failure: StartFailedError) -> None:
        """Tell the reader of the state file why the start was given up."""
        self._failure = failure
        self.publish("failed")

    def publish(self, phase: StackPhase | None = None) -> None:
        """Write the state file; a full disk leaves it old, which must not stop a service."""
        self._phase = phase or self._phase
        try:
            write_state(self._places.state, self._state())
        except OSError as error:
            _LOG.error("The state file could not be written", reason=error.strerror)

    def _state(self) -> StackState:
        return StackState(
            phase=self._phase,
            stack_id=self._plan.stack_id,
            version=self._plan.version,
            supervisor_pid=os.getpid(),
            supervisor_created=self._created,
            started_at=self._started_at,
            workers=self._plan.workers,
            notes=self._plan.notes,
            failed_service=self._failure.service if self._failure else "",
            failure=self._failure.words if self._failure else "",
            services=[runner.state for runner in self._runners.values()],
        )

    def _new_runner(self, service: Service) -> Runner:
        return Runner(service, self._places.logs, self.publish, self._plan.renewals.get(service.name, 0))

    def _begin(self, runner: Runner, *, patient: bool) -> asyncio.Task[None]:
        needed = [self._runners[name].ready for name in runner.service.depends_on if name in self._runners]
        return runner.begin(needed, patient=patient)

    async def _all_ready(self) -> None:
        await asyncio.gather(*(runner.ready.wait() for runner in self._runners.values()))
