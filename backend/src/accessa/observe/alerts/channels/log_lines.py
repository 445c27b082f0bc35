"""Notices as lines of the monitoring's log."""

from __future__ import annotations

from accessa.observe.alerts.messages import Message
from accessa.telemetry.logs import get_logger

_log = get_logger(__name__)


class LogChannel:
    """Writes one line for each instance; of itself it never fails."""

    name = "log"

    async def send(self, message: Message) -> None:
        """Write the message."""
        about = {"alert": message.alert, "severity": message.severity}
        for told in message.firing:
            write = _log.error if message.severity == "critical" else _log.warning
            write("Alert fires", **about, labels=told.labels, sentence=told.summary, next=message.first_command)
        for told in message.resolved:
            _log.info("Alert resolved", **about, labels=told.labels, sentence=told.summary)

    async def close(self) -> None:
        """There is nothing to let go of."""
