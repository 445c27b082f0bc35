"""The catalogue's inhibitions as `inhibit_rules` of the Alertmanager."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import yaml
from promql_parser import Matcher, MatchOp

from accessa.observe.alerts.inhibitions import AlertSelector, Inhibition

_HEAD = "# Made from monitoring/alerts.yaml by `make alert-rules`; change it there.\n"
_SECTION = re.compile(rf"^(?:{re.escape(_HEAD)})?inhibit_rules:.*?(?=^[^\s-]|\Z)", re.DOTALL | re.MULTILINE)
_SIGNS = ((MatchOp.Equal, "="), (MatchOp.NotEqual, "!="), (MatchOp.Re, "=~"), (MatchOp.NotRe, "!~"))


def with_inhibit_rules(configuration: str, inhibitions: Sequence[Inhibition]) -> str:
    """Return the text of an Alertmanager's configuration with these inhibitions in place of its own."""
    rules = [rule for inhibition in inhibitions for rule in _rules(inhibition)]
    body = yaml.safe_dump(
        {"inhibit_rules": rules}, sort_keys=False, default_flow_style=None, width=10_000, allow_unicode=True
    )
    section = f"{_HEAD}{body}"
    if _SECTION.search(configuration):
        return _SECTION.sub(lambda _: section, configuration)
    return f"{configuration.rstrip()}\n\n{section}"


def _rules(inhibition: Inhibition) -> Iterator[dict[str, Any]]:
    for source in _matchers(inhibition.causes):
        for target in _matchers(inhibition.explains):
            rule: dict[str, Any] = {"source_matchers": [*source], "target_matchers": target}
            yield rule | ({"equal": list(inhibition.equal)} if inhibition.equal else {})


def _matchers(selectors: Sequence[AlertSelector]) -> Iterator[list[str]]:
    """Yield the matchers of each group of alerts that ask for the same labels."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for selector in selectors:
        alike.setdefault(tuple(_written(one) for one in selector.matchers), []).append(selector.alert)
    for labels, alerts in alike.items():
        yield [f'alertname=~"{"|".join(alerts)}"' if len(alerts) > 1 else f'alertname="{alerts[0]}"', *labels]


def _written(matcher: Matcher) -> str:
    value = matcher.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    sign = next(sign for operator, sign in _SIGNS if operator == matcher.op)
    return f'{matcher.name}{sign}"{value}"'
