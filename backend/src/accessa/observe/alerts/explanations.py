"""Explanations: which of the active alerts is the cause of which others, so that people hear of the cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from accessa.observe.alerts.catalogue import SEVERITIES, AlertRule
from accessa.observe.alerts.inhibitions import Inhibition
from accessa.observe.alerts.lifecycle import Instance

#: So long what a cause brought with it may take to end: a canary that failed is sent again after a minute.
LINGER_MS = 90_000


class Explainer:
    """Finds the causes among the alerts of one look after the other."""

    def __init__(self, inhibitions: Sequence[Inhibition], rules: Iterable[AlertRule]) -> None:
        """Take who explains whom, and all rules that there are."""
        self._inhibitions: dict[str, list[Inhibition]] = defaultdict(list)
        for inhibition in inhibitions:
            for alert in {selector.alert for selector in inhibition.explains}:
                self._inhibitions[alert].append(inhibition)
        self._longest_ms = max((_felt_ms(rule) for rule in rules), default=0)
        self._fired: dict[str, tuple[Instance, int]] = {}
        self._roots: dict[str, Instance] = {}
        self._held_back: set[str] = set()

    def look(self, active: Iterable[Instance], at_ms: int) -> None:
        """Take what is pending or fires at a moment, in milliseconds since the epoch."""
        alerts = list(active)
        self._fired |= {one.key: (one, at_ms) for one in alerts if one.fired_ms is not None}
        self._fired = {key: fired for key, fired in self._fired.items() if at_ms - fired[1] <= self._longest_ms}
        causes = {one.key: self._causes(one, alerts) for one in alerts}
        self._roots = {one.key: root for one in alerts if (root := _root(one, causes))}
        self._held_back = {one.key for one in alerts if causes[one.key] or self._causes(one, self._felt(one, at_ms))}

    def cause_of(self, one: Instance) -> Instance | None:
        """Return the active alert that explains this one, the first of a chain; None when none does."""
        return self._roots.get(one.key)

    @property
    def held_back(self) -> set[str]:
        """The keys of what is not to be told: its cause fires, is pending, or was over a moment ago.

        After its cause it is held back for `LINGER_MS`, and as long as its expression looks back upon that time.
        """
        return self._held_back

    def _felt(self, one: Instance, at_ms: int) -> list[Instance]:
        return [cause for cause, last_ms in self._fired.values() if at_ms - last_ms <= _felt_ms(one.rule)]

    def _causes(self, one: Instance, others: Iterable[Instance]) -> list[Instance]:
        applying = self._inhibitions.get(one.alert)
        return [other for other in others if any(each.applies(other, one) for each in applying)] if applying else []


def _root(one: Instance, causes: Mapping[str, Sequence[Instance]]) -> Instance | None:
    # The catalogue has no circles, so each chain has a beginning.
    return min((_root(cause, causes) or cause for cause in causes[one.key]), key=_worst_first, default=None)


def _felt_ms(rule: AlertRule) -> int:
    return LINGER_MS + int(rule.window_seconds * 1000)


def _worst_first(one: Instance) -> tuple[bool, int, int, str]:
    return one.fired_ms is None, SEVERITIES.index(one.rule.severity), one.active_ms, one.key
