"""What somebody wants to see of the logs, and which other lines belong to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

LEVELS = ("debug", "info", "warning", "error", "critical")
SHARED_CALL = "A batch goes out in a shared call"
_USUAL = LEVELS.index("warning")
# As many characters of a time tell the minute.
_MINUTE = 16


@dataclass(slots=True)
class LogWish:
    """The lines of one job, document or upload, at a level or above, within a time (ISO, UTC); None: all of them.

    A line that names no job belongs to a job all the same when it carries its correlation id, or the id of a call that
    it shared with others: so the lines of the storage and the providers do.
    """

    job: str | None = None
    document: str | None = None
    correlation_id: str | None = None
    level: str | None = None
    since: str | None = None
    until: str | None = None
    _correlations: set[object] = field(default_factory=set)
    _calls: set[object] = field(default_factory=set)

    @property
    def names_somebody(self) -> bool:
        """Whether it is about one job, document or upload."""
        return any((self.job, self.document, self.correlation_id))

    def is_over(self, moment: str) -> bool:
        """Tell whether nothing that is written behind this moment can be wanted, clocks and threads allowed for."""
        return self.until is not None and moment[:_MINUTE] > self.until[:_MINUTE]

    def takes(self, event: Mapping[str, object]) -> bool:
        """Tell whether an event is wanted."""
        return self._in_time(event) and self._is_grave(event) and (not self.names_somebody or self._concerns(event))

    def learn(self, event: Mapping[str, object]) -> None:
        """Note by which other ids the one who is wanted goes, from an event that names it."""
        if self._is_named(event):
            self._correlations |= {event.get("correlation_id")} - {None}
            if event.get("event") == SHARED_CALL:
                self._calls |= {event.get("call_id")} - {None}

    def needles(self) -> list[bytes]:
        """Return bytes of which each wanted line holds one; none where any line may be wanted."""
        if self.names_somebody:
            first = self.job or self.document or self.correlation_id
            ids = {first, *self._correlations, *self._calls} - {None}
            return [orjson.dumps(name) for name in sorted(map(str, ids))]
        at_least = self._at_least()
        return [orjson.dumps(level) for level in LEVELS[at_least:]] if at_least >= _USUAL else []

    def _in_time(self, event: Mapping[str, object]) -> bool:
        moment = str(event["timestamp"])
        return (self.since is None or moment >= self.since) and (self.until is None or moment <= self.until)

    def _is_grave(self, event: Mapping[str, object]) -> bool:
        level = event["level"]
        return self.level is None or level not in LEVELS or LEVELS.index(str(level)) >= self._at_least()

    def _at_least(self) -> int:
        return LEVELS.index(self.level) if self.level else 0

    def _concerns(self, event: Mapping[str, object]) -> bool:
        if self._is_named(event):
            return True
        is_nobodys = event.get("job_id") is None
        return is_nobodys and (event.get("correlation_id") in self._correlations or event.get("call_id") in self._calls)

    def _is_named(self, event: Mapping[str, object]) -> bool:
        wanted = (("job_id", self.job), ("document_id", self.document), ("correlation_id", self.correlation_id))
        return all(event.get(name) == value for name, value in wanted if value is not None)
