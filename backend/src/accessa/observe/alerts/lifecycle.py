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
    """One result of one rule; times in milliseconds since the epoch, `fired_ms` is None while it is pending."""

    rule: AlertRule
    labels: Labels
    active_ms: int
    value: float
    fired_ms: int | None = None

    @property
    def summary(self) -> str:
        """The rule's sentence about this result."""
        return self.rule.summary.worded(dict(self.labels), self.value)

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
        self._recalled: dict[str, Instance] = {}

    def recall(self, instance: Instance) -> None:
        """Let an alert that fired before this process began fire on, once its expression has its result again."""
        self._recalled[instance.key] = instance

    def give_up_recalled(self) -> list[Instance]:
        """Return those recalled alerts that have not come up again, and wait for them no longer."""
        gone = list(self._recalled.values())
        self._recalled.clear()
        return gone

    def instances(self) -> Iterator[Instance]:
        """Yield what is pending or fires."""
        for group in self._instances.values():
            yield from group.values()

    def evaluate(self, store: SampleStore, at_ms: int) -> list[Instance]:
        """Judge every rule, and return what has fired and is over now."""
        return [ended for rule in self._rules for ended in self._judge(rule, store, at_ms)]

    def _judge(self, rule: AlertRule, store: SampleStore, at_ms: int) -> list[Instance]:
        try:
            results = {nameless(labels): value for labels, value in rule.expression.evaluate(store, at_ms).items()}
        except ExpressionError as error:
            # An answer that cannot be told is neither yes nor no: what was so stays so.
            if rule.name not in self._failing:
                _log.warning("An alert cannot be judged", alert=rule.name, sentence=str(error))
            self._failing.add(rule.name)
            return []
        self._failing.discard(rule.name)
        return self._follow(rule, results, at_ms)

    def _follow(self, rule: AlertRule, results: dict[Labels, float], at_ms: int) -> list[Instance]:
        known = self._instances[rule.name]
        ended = [known.pop(labels) for labels in known.keys() - results.keys()]
        for labels, value in results.items():
            instance = known.get(labels) or self._begun(Instance(rule, labels, at_ms, value))
            known[labels] = instance
            instance.value = value
            if instance.fired_ms is None and at_ms - instance.active_ms >= rule.holds.total_seconds() * 1000:
                instance.fired_ms = at_ms
        return [instance for instance in ended if instance.fired_ms is not None]

    def _begun(self, instance: Instance) -> Instance:
        return self._recalled.pop(instance.key, instance)
