"""Notices: when somebody is told, and of which alerts at once. One notice tells of all instances of one alert."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from accessa.observe.alerts.lifecycle import Instance


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told at once about one alert: the instances that fire, new or not, and those that are over."""

    firing: tuple[Instance, ...]
    resolved: tuple[Instance, ...]

    @property
    def about(self) -> Instance:
        """One of the instances, for what all have in common."""
        return (self.firing or self.resolved)[0]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long notices wait, in milliseconds: at first for more of the same, between two, and to be repeated."""

    wait_ms: int
    pause_ms: int
    repeat_ms: int


@dataclass(slots=True)
class _Group:
    told: dict[str, Instance] = field(default_factory=dict)
    told_ms: int | None = None
    changed_ms: int | None = None


class Announcer:
    """Decides at each look which notices go out."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._groups: dict[str, _Group] = {}

    def recall(self, instance: Instance, told_ms: int) -> None:
        """Take an alert as told at `told_ms`, by the monitoring that ran before."""
        group = self._groups.setdefault(instance.rule.name, _Group())
        group.told[instance.key] = instance
        group.told_ms = max(group.told_ms or 0, told_ms)

    def forget(self, key: str) -> None:
        """Tell no end of an alert, as it has been silenced."""
        for group in self._groups.values():
            group.told.pop(key, None)

    def decide(
        self, firing: Iterable[Instance], at_ms: int, *, blind: bool, held_back: Collection[str] = ()
    ) -> Iterator[Notice]:
        """Yield what to tell now, given all that fires and is not silenced.

        While `blind`, nothing that could have ended for want of figures is told to be over. Of what is `held_back`, by
        its key, no beginning is told, but the end where the beginning was.
        """
        by_alert: dict[str, dict[str, Instance]] = {}
        for instance in firing:
            if instance.key not in held_back or self._is_told(instance):
                by_alert.setdefault(instance.rule.name, {})[instance.key] = instance
        for name in by_alert.keys() | self._groups.keys():
            group = self._groups.setdefault(name, _Group())
            if notice := self._notice(group, by_alert.get(name, {}), at_ms, blind=blind):
                yield notice
            if not group.told and group.changed_ms is None:
                del self._groups[name]

    def _is_told(self, instance: Instance) -> bool:
        group = self._groups.get(instance.rule.name)
        return group is not None and instance.key in group.told

    def _notice(self, group: _Group, firing: Mapping[str, Instance], at_ms: int, *, blind: bool) -> Notice | None:
        over = {key: one for key, one in group.told.items() if key not in firing}
        if blind:
            over = {key: one for key, one in over.items() if one.rule.blinds}
        if not (firing.keys() - group.told.keys() or over):
            group.changed_ms = None
            repeats = firing and group.told_ms is not None and at_ms - group.told_ms >= self._pace.repeat_ms
            return self._told(group, firing, {}, at_ms) if repeats else None
        if group.changed_ms is None:
            group.changed_ms = at_ms
        if group.told and group.told_ms is not None:
            is_time = at_ms - group.told_ms >= self._pace.pause_ms
        else:
            is_time = at_ms - group.changed_ms >= self._pace.wait_ms
        return self._told(group, firing, over, at_ms) if is_time else None

    @staticmethod
    def _told(group: _Group, firing: Mapping[str, Instance], over: Mapping[str, Instance], at_ms: int) -> Notice:
        kept = {key: one for key, one in group.told.items() if key not in over}
        group.told = {**kept, **firing}
        group.told_ms, group.changed_ms = at_ms, None
        return Notice(tuple(firing.values()), tuple(over.values()))
