"""One process of a service: started through the launcher, its output logged, ended together with its own children."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Sequence

from accessa.stack.command import bound_command
from accessa.stack.log_file import LogFile, copy_lines
from accessa.stack.plan import Service
from accessa.stack.processes import AT_ONCE, SERVICE_MARK, STACK_MARK, birth_of, end, marked

_KILLED_SECONDS = 5.0
_LAST_OUTPUT_SECONDS = 0.5


class Child:
    """A running process; make it with `start_child`."""

    def __init__(self, process: asyncio.subprocess.Process, service: Service, log: LogFile) -> None:
        self._process = process
        self._service = service
        assert process.stdout is not None  # noqa: S101 - start_child asked for the pipe
        self._copying = asyncio.create_task(copy_lines(process.stdout, log))
        self.pid = process.pid
        self.created = birth_of(process.pid)

    async def wait(self) -> int:
        """Wait for the end of the process and of its output; return its exit code."""
        code = await self._process.wait()
        # A grandchild that lives on may hold the pipe open for ever.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._copying), _LAST_OUTPUT_SECONDS)
        return code

    async def stop(self) -> None:
        """Ask the process to end, insist after its patience, and end what it started; harmless when it is gone.

        Whoever is cancelled meanwhile waits until that is done: half ended, the process would live on unsupervised.
        """
        ending = asyncio.create_task(self._end())
        cancelled = False
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError:
                cancelled = True
        if cancelled:
            raise asyncio.CancelledError

    async def _end(self) -> None:
        for number, seconds in _steps(self._service):
            if self._process.returncode is not None:
                break
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), seconds)
        await asyncio.to_thread(_end_strays, self._service)
        await self.wait()
        self._copying.cancel()


async def start_child(service: Service, log: LogFile) -> Child:
    """Start the program of `service`; raise `OSError` if the system cannot."""
    process = await asyncio.create_subprocess_exec(
        *bound_command(service.argv, service.identity, service.stop_signal),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=service.environment,
        cwd=service.directory,
        start_new_session=True,
    )
    return Child(process, service, log)


def _steps(service: Service) -> Sequence[tuple[int, float]]:
    """Postgres is told to quit at once before it is killed, so that it can still take its backends with it."""
    first = (service.stop_signal, service.stop_seconds)
    quit_first = [(int(signal.SIGQUIT), _KILLED_SECONDS)] if service.health.kind == "postgres" else []
    return [first, *quit_first, (int(signal.SIGKILL), _KILLED_SECONDS)]


def _end_strays(service: Service) -> None:
    stack_id = service.environment.get(STACK_MARK)
    if stack_id:
        end(marked(stack_id, service.environment.get(SERVICE_MARK)), AT_ONCE)
