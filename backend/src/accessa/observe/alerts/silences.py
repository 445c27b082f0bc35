"""Silences as they were known last: they hold through an outage of the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from accessa.observe.alerts.lifecycle import Instance
from accessa.observe.alerts.records import Silence


class SilenceList:
    """The silences of the last look."""

    def __init__(self) -> None:
        self._silences: list[Silence] = []

    def replace(self, silences: Iterable[Silence]) -> None:
        """Hold these from now on."""
        self._silences = list(silences)

    def lasting(self, at_ms: int) -> list[Silence]:
        """Return those that hold at a moment."""
        return [silence for silence in self._silences if silence.until > moment(at_ms)]

    def until(self, instance: Instance, at_ms: int) -> datetime | None:
        """Return until when nobody is told of an alert; None when it is not silenced."""
        labels = dict(instance.labels)
        ends = [
            silence.until
            for silence in self.lasting(at_ms)
            if silence.alert == instance.rule.name and silence.labels.items() <= labels.items()
        ]
        return max(ends, default=None)


def moment(at_ms: int) -> datetime:
    """Return milliseconds since the epoch as a moment of UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    """Return a moment as milliseconds since the epoch."""
    return round(at.timestamp() * 1000)
