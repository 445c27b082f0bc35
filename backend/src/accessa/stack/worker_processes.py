"""The processes of the stack's workers, for a look into one."""

from __future__ import annotations

from dataclasses import dataclass

from accessa.settings import Settings
from accessa.stack import containers
from accessa.stack.condition import status
from accessa.stack.service_table import WORKER


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A running worker; `profiler` is the command that looks into `pid` where this machine does not see it itself."""

    name: str
    pid: int
    profiler: tuple[str, ...] = ()


def worker_processes(settings: Settings) -> list[WorkerProcess]:
    """Return the workers of the running stack by name; raises `UsageError` STACK_NOT_RUNNING."""
    if project := containers.running_project(settings):
        found = containers.profilers(project, WORKER)
        return [WorkerProcess(name, pid, profiler) for name, pid, profiler in found]
    return [
        WorkerProcess(service.name, service.pid)
        for service in status(settings)
        if service.name.startswith(WORKER) and service.pid
    ]
