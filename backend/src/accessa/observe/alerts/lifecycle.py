"""How alerts live: a result of an expression is pending, fires once it has held for long enough, and ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accessa.observe.alerts.catalogue import AlertRule
from accessa.observe.promql.samples import Labels, SampleStore
from accessa.observe.promql.values import ExpressionError, nameless
from accessa.telemetry.logs import get_logger

_log = get_logger(__name__)


@dataclass(slots=True)
class Instance:
    """One result of one rule; times in milliseconds since the epoch, `fired_ms` is None while it is pending.

    One that is recalled has the sentence of before the restart until its expression has its result again, and does
    not end before `kept_until_ms`.
    """

    rule: AlertRule
    labels: Labels
    active_ms: int
    value: float
    fired_ms: int | None = None
    kept_summary: str | None = None
    kept_until_ms: int = 0

    @property
    def alert(self) -> str:
        """The name of the alert."""
        return self.rule.name

    @property
    def summary(self) -> str:
        """The rule's sentence about this result."""
        return self.kept_summary or self.rule.summary.worded(dict(self.labels), self.value)

    @property
    def key(self) -> str:
        """The alert's name with its labels: `WorkerSilent{worker="w1"}`."""
        told = ",".join(f'{name}="{value}"' for name, value in self.labels)
        return f"{self.rule.name}{{{told}}}"


class AlertBook:
    """All instances of all rules."""

    def __init__(self, rules: Sequence[AlertRule]) -> None:
        self._rules = rules
        self._instances: dict[str, dict[Labels, Instance]] = {rule.name: {} for rule in rules}
        self._failing: set[str] = set()

    def recall(self, instance: Instance) -> None:
        """Let an alert that fired before this process began fire on."""
        self._instances[instance.rule.name][instance.labels] = instance

    def instances(self) -> Iterator[Instance]:
        """Yield what is pending or fires."""
        for group in self._instances.values():
            yield from group.values()

    def evaluate(self, store: SampleStore, at_ms: int) -> list[Instance]:
        """Judge every rule, and return what has fired and is over now.

        While figures are missing, what fired and cannot be judged without them fires on.
        """
        ended = [one for rule in self._rules if rule.blinds for one in self._judge(rule, store, at_ms)]
        is_blind = any(self._instances[rule.name] for rule in self._rules if rule.blinds)
        for rule in self._rules:
            if not rule.blinds:
                lacks = is_blind and not all(store.tells(name, at_ms) for name in rule.expression.looks_back)
                ended += self._judge(rule, store, at_ms, lacks_figures=lacks)
        return ended

    def _judge(self, rule: AlertRule, store: SampleStore, at_ms: int, *, lacks_figures: bool = False) -> list[Instance]:
        try:
            results = {nameless(labels): value for labels, value in rule.expression.evaluate(store, at_ms).items()}
        except ExpressionError as error:
            # An answer that cannot be told is neither yes nor no: what was so stays so.
            if rule.name not in self._failing:
                _log.warning("An alert cannot be judged", alert=rule.name, sentence=str(error))
            self._failing.add(rule.name)
            return []
        self._failing.discard(rule.name)
        return self._follow(rule, results, at_ms, lacks_figures=lacks_figures)

    def _follow(
        self, rule: AlertRule, results: dict[Labels, float], at_ms: int, *, lacks_figures: bool
    ) -> list[Instance]:
        known = self._instances[rule.name]
        missing = [known[labels] for labels in known.keys() - results.keys()]
        gone = [
            one for one in missing if at_ms >= one.kept_until_ms and not (lacks_figures and one.fired_ms is not None)
        ]
        ended = [known.pop(one.labels) for one in gone]
        for labels, value in results.items():
            instance = known.setdefault(labels, Instance(rule, labels, at_ms, value))
            instance.value, instance.kept_summary = value, None
            if not rule.window_seconds:
                # Seen once, it is known now; a window is known when it is full.
                instance.kept_until_ms = 0
            if instance.fired_ms is None and at_ms - instance.active_ms >= rule.holds.total_seconds() * 1000:
                instance.fired_ms = at_ms
        return [instance for instance in ended if instance.fired_ms is not None]
