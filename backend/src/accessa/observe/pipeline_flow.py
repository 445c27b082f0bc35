"""How fast documents pass through each stage, and which stage holds them up, with the evidence."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from accessa.domain.statuses import FAILED, MOVES, Status
from accessa.observe.ended_by_second import EndedBySecond

_WINDOW_SECONDS = 60
_SHORTEST_WINDOW_SECONDS = 3
# With fewer unfinished documents than this, nothing holds up anything.
_CROWD = 10
_ORDER = [move.source for move in MOVES]


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Where documents are held up: a status, or nobody taking them up; `share` is a part of `measure`, from 0 to 1."""

    status: Status
    stage: str
    waiting: int
    measure: Literal["documents", "time"]
    share: float
    sentence: str


class PipelineFlow:
    """Watches the counts of statuses; a document that stands behind a status, or is complete, has passed it.

    So the flow needs no look at the database beyond the counts. What fails within a stretch of statuses that fail
    alike has passed those of the stretches before.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[int, dict[Status, int]]] = deque()

    def note(self, second: int, unfinished: Mapping[Status, int]) -> None:
        """Keep the counts of a second."""
        if self._seen and second <= self._seen[-1][0]:
            return
        self._seen.append((second, dict(unfinished)))
        while self._seen[0][0] < second - _WINDOW_SECONDS:
            self._seen.popleft()

    def per_minute(self, ended: EndedBySecond) -> dict[Status, float] | None:
        """Return the documents per minute that left each status for the next; None before there is a window."""
        if not self._seen or self._seen[-1][0] - self._seen[0][0] < _SHORTEST_WINDOW_SECONDS:
            return None
        (first, before), (last, now) = self._seen[0], self._seen[-1]
        gone = ended.between(first, last - 1)
        left = {Status.FAILED_PARSE: gone.failed_parse, Status.FAILED_CHUNKING: gone.failed_chunking,
                Status.FAILED_EMBEDDING: gone.failed_embedding}  # fmt: skip
        flows: dict[Status, float] = {}
        for place, move in enumerate(MOVES):
            behind = sum(now.get(status, 0) - before.get(status, 0) for status in _ORDER[place + 1 :])
            failed_later = sum(left[failure] for failure in FAILED if _stretch(failure) > _stretch(move.fails_to))
            flows[move.source] = max(0.0, (behind + gone.completed + failed_later) * 60 / (last - first))
        return flows


def _stretch(failure: Status) -> int:
    return next(place for place, move in enumerate(MOVES) if move.fails_to is failure)


def find_bottleneck(unfinished: Mapping[Status, int], stage_seconds: Mapping[str, float]) -> Bottleneck | None:
    """Return what holds up the documents, if a crowd is there.

    Where half of them stand in one status, it is that. Where most wait to be taken up, it is the stage on which the
    workers spent most of `stage_seconds`, their time of the last minutes by stage; and while nobody has told those,
    the status in which most of those stand that were taken up.
    """
    total = sum(unfinished.values())
    if total < _CROWD:
        return None
    begun = total - unfinished.get(Status.UPLOADED, 0)
    crowd = max(MOVES[1:], key=lambda move: unfinished.get(move.source, 0))
    number = unfinished.get(crowd.source, 0)
    if number * 2 >= total:
        share = number / total
        sentence = f"{crowd.stage}: {share:.0%} of all unfinished documents wait there, {number:,} of {total:,}."
        return Bottleneck(crowd.source, crowd.stage, number, "documents", share, sentence)
    if any(stage_seconds.get(move.stage) for move in MOVES):
        return _longest(unfinished, stage_seconds)
    if number * 2 < max(begun, 1):
        return None
    sentence = (
        f"{crowd.stage}: {number:,} of the {begun:,} documents that were taken up stand there, {total - begun:,} wait."
    )
    return Bottleneck(crowd.source, crowd.stage, number, "documents", number / begun, sentence)


def _longest(unfinished: Mapping[Status, int], stage_seconds: Mapping[str, float]) -> Bottleneck:
    working = sum(stage_seconds.values())
    longest = max(MOVES, key=lambda move: stage_seconds.get(move.stage, 0.0))
    share = stage_seconds[longest.stage] / working
    waiting = unfinished.get(Status.UPLOADED, 0)
    sentence = f"{longest.stage}: {share:.0%} of the time spent in stages, while {waiting:,} documents wait."
    return Bottleneck(longest.source, longest.stage, waiting, "time", share, sentence)
