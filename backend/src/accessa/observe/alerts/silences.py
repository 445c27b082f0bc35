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

    def holding(self, instance: Instance, at_ms: int) -> list[Silence]:
        """Return those on account of which nobody is told of an alert, the one that ends last before the others."""
        held = [silence for silence in self.lasting(at_ms) if _matches(silence, instance)]
        return sorted(held, key=lambda silence: silence.until, reverse=True)

    def idle(self, instances: Iterable[Instance], at_ms: int) -> list[Silence]:
        """Return those that hold at a moment, but for none of these alerts."""
        active = list(instances)
        return [
            silence for silence in self.lasting(at_ms) if not any(_matches(silence, instance) for instance in active)
        ]


def _matches(silence: Silence, instance: Instance) -> bool:
    return silence.alert == instance.rule.name and silence.labels.items() <= dict(instance.labels).items()


def moment(at_ms: int) -> datetime:
    """Return milliseconds since the epoch as a moment of UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def milliseconds(at: datetime) -> int:
    """Return a moment as milliseconds since the epoch."""
    return round(at.timestamp() * 1000)
