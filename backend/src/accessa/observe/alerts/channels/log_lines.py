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
        alert, severity, following = message.alert, message.severity, message.first_command
        for one in message.firing:
            labels, sentence = one.labels, one.summary
            told = _log.bind(alert=alert, severity=severity, labels=labels, sentence=sentence, next=following)
            if severity == "critical":
                told.error("A critical alert fires")
            else:
                told.warning("Alert fires")
        for one in message.resolved:
            _log.info("Alert resolved", alert=alert, severity=severity, labels=one.labels, sentence=one.summary)

    async def close(self) -> None:
        """There is nothing to let go of."""
