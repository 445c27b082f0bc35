"""Whether a stage has become slower than it usually is."""

from __future__ import annotations

from dataclasses import dataclass

from accessa.observe.performance.evidence import StageTime, Usual

LEAST_RUNS = 20
_SLOWER = 1.2
_FASTER = 0.8


@dataclass(frozen=True, slots=True)
class Trend:
    """The present mean beside the usual one: `factor` is none where there is too little to compare."""

    factor: float | None
    sentence: str


def compare(time: StageTime, usual: Usual | None) -> Trend:
    """Return how `time` compares with what is usual."""
    if usual is None or min(usual.runs, time.runs) < LEAST_RUNS:
        known = min(time.runs, usual.runs) if usual else 0
        return Trend(None, f"not enough data ({known} of {LEAST_RUNS} runs to compare)")
    factor = time.mean / usual.mean if usual.mean else 1.0
    kept = usual.kept_seconds_ago is not None
    against = f"{usual.mean:.3g} s {'as kept' if kept else 'in the week before'}, {usual.runs:,} runs"
    if factor > _SLOWER:
        return Trend(factor, f"slower: {factor:.1f} times {against}")
    if factor < _FASTER:
        return Trend(factor, f"faster: {factor:.2f} times {against}")
    return Trend(factor, f"as usual ({against})")
