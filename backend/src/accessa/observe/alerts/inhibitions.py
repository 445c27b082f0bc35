"""Inhibitions of the catalogue: which alerts explain which others, as the Alertmanager's inhibition has it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import promql_parser
from promql_parser import Matcher, VectorSelector

from accessa.domain.errors import UsageError
from accessa.observe.promql.samples import Labels
from accessa.observe.promql.selectors import label_test
from accessa.observe.promql.values import NAME

_FIELDS = {"causes", "explains", "equal"}


class Active(Protocol):
    """An alert that is active."""

    @property
    def alert(self) -> str:
        """Its name."""

    @property
    def labels(self) -> Labels:
        """Its labels."""


@dataclass(frozen=True, slots=True)
class AlertSelector:
    """The instances of one alert that have certain labels: `ServiceDown{service=~"base-worker.*"}`."""

    alert: str
    matchers: tuple[Matcher, ...]

    def selects(self, active: Active) -> bool:
        """Tell whether an alert is one of them."""
        if active.alert != self.alert:
            return False
        labels = dict(active.labels) if self.matchers else {}
        return all(label_test(one)(labels.get(one.name, "")) for one in self.matchers)


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While one of the causes fires, it explains what has the same values of the labels in `equal`."""

    causes: tuple[AlertSelector, ...]
    explains: tuple[AlertSelector, ...]
    equal: tuple[str, ...]

    def applies(self, cause: Active, explained: Active) -> bool:
        """Tell whether one alert explains another; a label that is missing is an empty one."""
        return (
            any(selector.selects(cause) for selector in self.causes)
            and any(selector.selects(explained) for selector in self.explains)
            and self._of(cause) == self._of(explained)
        )

    def _of(self, active: Active) -> list[str]:
        labels = dict(active.labels) if self.equal else {}
        return [labels.get(label, "") for label in self.equal]


def read_inhibitions(entries: Any, alerts: Collection[str]) -> list[Inhibition]:
    """Return what the section `inhibitions` of a catalogue describes; `alerts` are the names that there are.

    Raises `UsageError` SETTINGS_INVALID for an entry that is wrong, and where alerts would explain each other, as
    then nobody would be told of any.
    """
    if not isinstance(entries, list):
        raise UsageError("SETTINGS_INVALID", "The inhibitions of the catalogue of alerts are no list.")
    inhibitions = [_inhibition(entry, alerts) for entry in entries]
    if circle := _circle(inhibitions):
        raise UsageError("SETTINGS_INVALID", f"The alert {circle} would explain itself by the inhibitions.")
    return inhibitions


def _inhibition(entry: Any, alerts: Collection[str]) -> Inhibition:
    if not isinstance(entry, Mapping) or not entry.get("causes") or not entry.get("explains") or entry.keys() - _FIELDS:
        raise UsageError("SETTINGS_INVALID", "An inhibition has `causes` and `explains`, and may have `equal`.")
    causes, explains = (_selectors(entry[side], alerts) for side in ("causes", "explains"))
    return Inhibition(causes, explains, tuple(str(label) for label in entry.get("equal", ())))


def _selectors(texts: Sequence[Any], alerts: Collection[str]) -> tuple[AlertSelector, ...]:
    return tuple(_selector(str(text), alerts) for text in texts)


def _selector(text: str, alerts: Collection[str]) -> AlertSelector:
    try:
        tree = promql_parser.parse(text)
    except ValueError:
        tree = None
    if not isinstance(tree, VectorSelector) or not tree.name or tree.name not in alerts or tree.matchers.or_matchers:
        raise UsageError("SETTINGS_INVALID", f"The inhibitions name {text}, which selects no alert of the catalogue.")
    return AlertSelector(tree.name, tuple(one for one in tree.matchers.matchers if one.name != NAME))


def _circle(inhibitions: Iterable[Inhibition]) -> str | None:
    """Return an alert that comes back to itself from cause to explained."""
    explained: dict[str, set[str]] = {}
    for inhibition in inhibitions:
        for cause in inhibition.causes:
            explained.setdefault(cause.alert, set()).update(one.alert for one in inhibition.explains)
    return next((alert for alert in explained if alert in _reached(alert, explained)), None)


def _reached(alert: str, explained: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = [*explained[alert]]
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(explained.get(name, ()))
    return reached
