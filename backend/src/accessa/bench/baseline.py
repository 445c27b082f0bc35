"""The stored baseline: what the product costs in units of the raw reference, so that machines can be compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from accessa.bench.results import CEILING, OURS, Results
from accessa.domain.errors import UsageError

TOLERANCE = 0.25
_MEASURES = {"cpu": lambda run: run.work_cpu, "wal": lambda run: run.wal_bytes / run.chunks if run.chunks else 0.0}
Ratios = dict[str, float]


def ratios(results: Results) -> Ratios:
    """Return by `condition.measure` how many times the raw reference's CPU and log a chunk costs; less is better."""
    found: Ratios = {}
    for condition in dict.fromkeys(run.condition for run in results.runs):
        for name, measure in _MEASURES.items():
            ours, ceiling = (results.median(system, condition, measure) for system in (OURS, CEILING))
            if ours and ceiling:
                found[f"{condition}.{name}"] = round(ours / ceiling, 2)
    return found


def read_baseline(path: Path) -> Ratios:
    """Return the stored ratios; raises `UsageError` where there are none."""
    try:
        stored: Ratios = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError("USAGE_WRONG", f"There is no baseline at {path}; write one: --write-baseline.") from error
    return stored


def write_baseline(path: Path, results: Results) -> None:
    """Store the ratios of `results`, beside those of conditions that it has none of."""
    kept = read_baseline(path) if path.exists() else {}
    path.write_text(json.dumps(kept | ratios(results), indent=1, sort_keys=True) + "\n")


def worse(now: Mapping[str, float], before: Mapping[str, float], tolerance: float = TOLERANCE) -> Iterator[str]:
    """Yield a line for each ratio that got worse by more than the tolerance."""
    for name, ratio in now.items():
        if name in before and ratio > before[name] * (1 + tolerance):
            yield f"{name}: {ratio:.2f} times the raw reference, and {before[name]:.2f} in the baseline"
