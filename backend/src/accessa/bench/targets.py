"""What the product has to reach, each target as a value out of the results and the bound that it has to keep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from accessa.bench.conditions import MOVES, PICKUP, VARIANCE
from accessa.bench.results import CEILING, OURS, Results, Run

_REQUEST_INPUTS = 256
Value = Callable[[Results], float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """One target: `value` has to be `at least` or `at most` the bound; None is not measured."""

    measure: str
    value: Value
    kind: Literal["at least", "at most"]
    bound: float
    unit: str = ""

    def is_met(self, value: float) -> bool:
        """Tell whether `value` keeps the bound."""
        return value >= self.bound if self.kind == "at least" else value <= self.bound


def ratio_to_best_peer(condition: str) -> Value:
    """Return how many times as fast as the fastest other system the product is, by documents in a second."""

    def value(results: Results) -> float | None:
        ours = results.median(OURS, condition, _documents_per_second)
        peers = [results.median(peer, condition, _documents_per_second) or 0.0 for peer in results.peers(condition)]
        best = max(peers, default=0.0)
        return ours / best if ours is not None and best else None

    return value


def share_of_ceiling(condition: str) -> Value:
    """Return the product's speed as a share of the raw reference's, by documents in a second."""

    def value(results: Results) -> float | None:
        ours = results.median(OURS, condition, _documents_per_second)
        ceiling = results.median(CEILING, condition, _documents_per_second)
        return ours / ceiling if ours is not None and ceiling else None

    return value


def ours(condition: str, of_run: Callable[[Run], float]) -> Value:
    """Return the median of a value of the product's runs."""
    return lambda results: results.median(OURS, condition, of_run)


def figure(name: str, value: str) -> Value:
    """Return a value of a measurement."""
    return lambda results: results.figure(name, value)


def rate_under_failures(results: Results) -> float | None:
    """Return the speed while one request in ten fails as a share of the undisturbed one."""
    failing, undisturbed = (results.median(OURS, name, _documents_per_second) for name in ("failures", "main"))
    return failing / undisturbed if failing is not None and undisturbed else None


def lost_or_doubled(results: Results) -> float | None:
    """Return how many documents or chunks were lost or stored twice in all of the product's runs."""
    runs = [run for run in results.runs if run.system == OURS]
    return float(sum(run.lost + run.duplicated + len(run.findings) for run in runs)) if runs else None


def _documents_per_second(run: Run) -> float:
    return run.documents_per_second


def _work_cpu(run: Run) -> float:
    return run.work_cpu


def _peak(run: Run) -> float:
    return run.peak_mb


def _pages(run: Run) -> float:
    return run.pages_per_second


TARGETS: tuple[Target, ...] = (
    Target("main: speed against the best peer", ratio_to_best_peer("main"), "at least", 6, "x"),
    Target("main: speed against the raw reference", share_of_ceiling("main"), "at least", 0.5, "x"),
    Target("latency: speed against the best peer", ratio_to_best_peer("latency"), "at least", 5, "x"),
    Target("tiny: speed against the best peer", ratio_to_best_peer("tiny"), "at least", 3, "x"),
    Target("big: speed against the best peer", ratio_to_best_peer("big"), "at least", 5, "x"),
    Target("big: peak memory of the worker", ours("big", _peak), "at most", 200, "MB"),
    Target("main: peak memory of the worker", ours("main", _peak), "at most", 120, "MB"),
    Target("main: CPU for 1,000 chunks, worker and Postgres", ours("main", _work_cpu), "at most", 0.15, "s"),
    Target("killed: inputs paid twice", ours("killed", lambda run: run.paid_twice), "at most", 4 * _REQUEST_INPUTS),
    Target(
        "killed: taken over after the lease of 5 s",
        ours("killed", lambda run: run.extra.get("takeover_seconds", 0.0) - 5),
        "at most",
        2,
        "s",
    ),
    Target("failures: speed against undisturbed", rate_under_failures, "at least", 0.8, "x"),
    Target("everywhere: lost, stored twice, promises broken", lost_or_doubled, "at most", 0),
    Target("pick-up, with doorbell: p50", figure(PICKUP, "p50_ms"), "at most", 5, "ms"),
    Target("pick-up, with doorbell: p95", figure(PICKUP, "p95_ms"), "at most", 8, "ms"),
    Target(
        "pick-up, without doorbell: longest over the poll interval", figure(PICKUP, "polled_over"), "at most", 1, "x"
    ),
    Target("moves in one process", figure(MOVES, "per_second"), "at least", 10_000, "/s"),
    Target("pdf: pages end to end", ours("pdf", _pages), "at least", 100, "/s"),
    Target("variance: coefficient of CPU seconds", figure(VARIANCE, "coefficient"), "at most", 0.1),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A target with what was measured; `met` is None where nothing was."""

    target: Target
    value: float | None

    @property
    def met(self) -> bool | None:
        """Whether the bound is kept."""
        return None if self.value is None else self.target.is_met(self.value)


def judge(results: Results) -> list[Verdict]:
    """Return a verdict for each target."""
    return [Verdict(target, target.value(results)) for target in TARGETS]
