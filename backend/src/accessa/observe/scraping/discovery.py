"""Targets as Prometheus reads them from a service discovery over HTTP.

The form: https://prometheus.io/docs/prometheus/latest/http_sd/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict
from urllib.parse import urlsplit

from accessa.observe.promql.samples import Labels
from accessa.observe.scraping.targets import Target

# What Prometheus takes when nothing is said.
_USUAL = {"__metrics_path__": "/metrics", "__scheme__": "http"}


class TargetGroup(TypedDict):
    """Targets, as `127.0.0.1:8000`, that have the same labels."""

    targets: list[str]
    labels: dict[str, str]


def target_groups(targets: Iterable[Target]) -> list[TargetGroup]:
    """Return the groups by job, sorted; the form has no place for the password or the query of an address."""
    groups: dict[Labels, set[str]] = {}
    for target in targets:
        groups.setdefault(_labels_of(target), set()).add(target.instance)
    return [{"targets": sorted(groups[labels]), "labels": dict(labels)} for labels in sorted(groups)]


def _labels_of(target: Target) -> Labels:
    parts = urlsplit(target.url)
    where = {"__metrics_path__": parts.path or "/", "__scheme__": parts.scheme}
    return (("job", target.job), *((name, value) for name, value in where.items() if value != _USUAL[name]))
