"""What the stages of one worker took: shown at its /metrics, and summed up for the database between two beats."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import Histogram

from accessa.telemetry.metrics import DURATION_BOUNDS, STAGE_SECONDS


@dataclass(slots=True)
class Timings:
    """Finished runs of one stage: how many, how long all together, and how many up to each of the bounds.

    `buckets` has one place more than there are bounds, for what took longer than the last.
    """

    runs: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(DURATION_BOUNDS) + 1))

    def add(self, seconds: float) -> None:
        """Count one run."""
        self.runs += 1
        self.seconds += seconds
        self.buckets[bisect_left(DURATION_BOUNDS, seconds)] += 1

    def add_all(self, other: Timings) -> None:
        """Count the runs of another sum as well."""
        self.runs += other.runs
        self.seconds += other.seconds
        self.buckets = [ours + theirs for ours, theirs in zip(self.buckets, other.buckets, strict=True)]


class StageTimings:
    """Sums up by stage; only runs that did their work count, as one that waits or fails says little about its length.

    What has not been written down when the process dies, some seconds at most, is lost.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sums: dict[str, Timings] = {}
        self._shown: dict[tuple[str, str], Histogram] = {}

    def add(self, stage: str, outcome: str, seconds: float) -> None:
        """Count one run of a stage, which ended `done`, `waiting` or `failed`."""
        shown = self._shown.get((stage, outcome))
        if shown is None:
            shown = self._shown[stage, outcome] = STAGE_SECONDS.labels(stage, outcome)
        shown.observe(seconds)
        if outcome == "done":
            self._sums.setdefault(stage, Timings()).add(seconds)

    def take(self) -> Mapping[str, Timings]:
        """Return what was summed up since this was asked last, by stage."""
        taken, self._sums = self._sums, {}
        return taken

    def give_back(self, untold: Mapping[str, Timings]) -> None:
        """Keep sums that could not be written down, for the next time."""
        for stage, timings in untold.items():
            self._sums.setdefault(stage, Timings()).add_all(timings)
