"""Arms the failpoints of a process, and says so where nobody can miss it."""

from __future__ import annotations

from accessa.failpoints import arm, read_failpoints
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)


def arm_failpoints(text: str, environment: str) -> None:
    """Arm what the setting FAILPOINTS asks for; raises `UsageError` SETTINGS_INVALID for what cannot be."""
    armed = read_failpoints(text, environment)
    arm(armed)
    if armed:
        log.warning("FAILPOINTS ARE ARMED: this process fails on purpose", failpoints=[str(one) for one in armed])
