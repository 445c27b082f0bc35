"""The local stack: every service as a supervised child process over an embedded Postgres."""

from __future__ import annotations

from accessa.stack.condition import ServiceStatus, services_environment, settings_in_force, stack_environment, status
from accessa.stack.diagnosis import Finding, doctor
from accessa.stack.live_state import read_state, require_running
from accessa.stack.log_reader import log_lines
from accessa.stack.log_wish import LogWish
from accessa.stack.places import home
from accessa.stack.starting import up
from accessa.stack.state import ServiceState, StackState
from accessa.stack.stopping import down

__all__ = [
    "Finding",
    "LogWish",
    "ServiceState",
    "ServiceStatus",
    "StackState",
    "doctor",
    "down",
    "home",
    "log_lines",
    "read_state",
    "require_running",
    "services_environment",
    "settings_in_force",
    "stack_environment",
    "status",
    "up",
]
