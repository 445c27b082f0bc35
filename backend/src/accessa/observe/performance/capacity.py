"""How much one worker can do, which only shows while it has more before it than it can do at once.

Of less load nobody learns the most that it can do, but what it did do: a bound from below.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from accessa.observe.performance.evidence import Row
from accessa.observe.performance.outlook import LEAST_DOCUMENTS, Outlook
from accessa.observe.performance.spans import DAY, HOUR

SPAN_SECONDS = 10.0
"""How long a span is within which documents are counted."""

LEAST_STANDING = 20
"""As many documents before each worker, at both ends of a span, are more than it does at once."""

_LEAST_SPANS = 3


@dataclass(frozen=True, slots=True)
class Capacity:
    """Documents an hour of one worker; `is_known` when it was full, else it can do at least so many. None: no data."""

    rests_on: str
    hourly: float | None = None
    is_known: bool = False

    def outlook(self) -> Outlook:
        """Tell it."""
        if self.hourly is None:
            sentence = "not enough data"
        elif self.is_known:
            sentence = f"does {self.hourly:,.0f} documents an hour when more come than it can do at once"
        else:
            sentence = f"does at least {self.hourly:,.0f} documents an hour; there was not enough load to tell more"
        return Outlook("one worker", self.hourly, sentence, self.rests_on)

    def workers_for(self, documents_a_day: int) -> Outlook:
        """Tell how many workers so many documents need."""
        name = f"{documents_a_day:,} documents a day"
        if not self.hourly:
            return Outlook(name, None, "not enough data", self.rests_on)
        needed = math.ceil(documents_a_day / (self.hourly * DAY / HOUR))
        told = "1 worker, spread" if needed == 1 else f"{needed:,} workers, spread"
        most = "" if self.is_known or needed == 1 else "at most "
        sentence = f"need {most}{told} evenly over the day; providers and database permitting"
        return Outlook(name, needed, sentence, self.rests_on)


def capacity_of(spans: Sequence[Row]) -> Capacity:
    """Return what one worker can do, by the `spans` of ten seconds in which documents became complete."""
    counted = [span for span in spans if span["workers"]]
    documents = sum(span["completed"] for span in counted)
    full = [span for span in counted if _is_full(span)]
    done = sum(span["completed"] for span in full)
    told = "1 span" if len(full) == 1 else f"{len(full)} spans"
    rests_on = f"{documents:,} documents, {done:,} of them in {told} of ten seconds with a queue"
    if documents < LEAST_DOCUMENTS:
        return Capacity(rests_on)
    if len(full) >= _LEAST_SPANS and done >= LEAST_DOCUMENTS:
        rates = (_hourly(span["completed"], SPAN_SECONDS, span["workers"]) for span in full)
        return Capacity(rests_on, median(rates), is_known=True)
    return Capacity(rests_on, max(_proven(counted)))


def _is_full(span: Row) -> bool:
    enough = LEAST_STANDING * int(span["workers"])
    return bool(span["standing_before"] >= enough and span["standing_after"] >= enough)


def _proven(spans: Sequence[Row]) -> Iterator[float]:
    """Yield rates that were reached with nothing done before: within one span, or from an empty queue to the next."""
    begun: list[Row] = []
    for span in spans:
        yield _hourly(span["whole"], SPAN_SECONDS, span["workers"])
        begun.append(span)
        if span["standing_after"] <= 0:
            yield _over(begun)
            begun = []
    if begun:
        yield _over(begun)


def _over(spans: Sequence[Row]) -> float:
    seconds = (spans[-1]["start"] - spans[0]["start"]).total_seconds() + SPAN_SECONDS
    return _hourly(sum(span["completed"] for span in spans), seconds, max(span["workers"] for span in spans))


def _hourly(documents: float, seconds: float, workers: int) -> float:
    return float(documents) / seconds * HOUR / workers
