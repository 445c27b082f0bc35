"""What a metric is called and means, and one value of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from accessa.store.database import Connection


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric in Prometheus's terms; a counter's name ends in `_total`. `help` says unit and meaning."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    labels: tuple[str, ...] = ()


class Sample(NamedTuple):
    """One value of a metric, with the values of its labels in the metric's order."""

    metric: Metric
    value: float
    labels: tuple[str, ...] = ()


class Reading(Protocol):
    """One look at the database, which yields some metrics. It may keep state, such as how far it has counted."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """What it tells."""

    @property
    def every_seconds(self) -> float:
        """The pause between two looks."""

    async def read(self, connection: Connection) -> list[Sample]:
        """Return what is to be told from now on; raises what the driver raises."""


def gauge(name: str, told: str, *labels: str) -> Metric:
    """Return a metric that goes up and down."""
    return Metric(name, "gauge", told, labels)


def counter(name: str, told: str, *labels: str) -> Metric:
    """Return a metric that only goes up, from 0 at the start of the process that tells it."""
    return Metric(name, "counter", told, labels)
