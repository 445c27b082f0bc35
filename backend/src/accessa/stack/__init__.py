"""The local stack: every service as a supervised child process over an embedded Postgres."""

from __future__ import annotations

from accessa.stack.atomic_files import atomic_file
from accessa.stack.condition import (
    is_running,
    require_running,
    runs_as_containers,
    services_environment,
    settings_in_force,
    stack_environment,
    status,
)
from accessa.stack.containers import up as up_as_containers
from accessa.stack.diagnosis import Finding, doctor, machine_findings
from accessa.stack.live_state import read_state
from accessa.stack.log_reader import log_lines
from accessa.stack.log_wish import LogWish
from accessa.stack.places import home
from accessa.stack.postgres_program import postgres_program
from accessa.stack.restarting import restart
from accessa.stack.service_status import ServiceStatus
from accessa.stack.starting import up
from accessa.stack.state import ServiceState, StackState
from accessa.stack.stopping import down
from accessa.stack.worker_processes import WorkerProcess, worker_processes

__all__ = [
    "Finding",
    "LogWish",
    "ServiceState",
    "ServiceStatus",
    "StackState",
    "WorkerProcess",
    "atomic_file",
    "doctor",
    "down",
    "home",
    "is_running",
    "log_lines",
    "machine_findings",
    "postgres_program",
    "read_state",
    "require_running",
    "restart",
    "runs_as_containers",
    "services_environment",
    "settings_in_force",
    "stack_environment",
    "status",
    "up",
    "up_as_containers",
    "worker_processes",
]
