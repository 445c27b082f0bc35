"""Parses that are waited for, and how those that ended were found."""

from __future__ import annotations

from accessa.observe.metric import Sample, counter, gauge
from accessa.observe.seen_rows import SeenRows
from accessa.store.database import Connection
from accessa.store.statements import load

WAITING = gauge("accessa_parses_waiting", "Parses that are asked for and not collected")
OLDEST = gauge("accessa_parse_oldest_seconds", "Age of the oldest parse that is asked for and not collected")
OVERDUE = gauge(
    "accessa_parses_overdue",
    "Parses of which the provider has told nothing for longer than 120 s for each 50 pages, while it finished no other",
)
FOUND = counter(
    "accessa_parses_found_total",
    "Parses collected, by what told of them first: the webhook, or a poll that rescued them",
    "found_by",
)
MISSED = counter("accessa_webhooks_missing_total", "Parses collected although no webhook had come for them")
MISSING = gauge(
    "accessa_webhooks_missing",
    "Parses collected within 15 minutes although no webhook had come for them, since the last one that had one",
)
_MISSING_SECONDS = 900.0
# What a parse may take before it counts as overdue, which is long before it is given up.
_PATIENCE_SECONDS, _PATIENCE_PAGES = 120.0, 50


class WaitingParsesReading:
    """Goes through all unfinished jobs, so with very many it looks less often."""

    metrics = (WAITING, OLDEST, OVERDUE)
    every_seconds = 5.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return how many are waited for, for how long, and how many for too long."""
        row = await connection.fetchrow(load("sight_parses"), _PATIENCE_SECONDS, _PATIENCE_PAGES)
        return [
            Sample(WAITING, row["waiting"]),
            Sample(OLDEST, row["oldest_seconds"]),
            Sample(OVERDUE, row["overdue"]),
        ]


class ParsesFoundReading:
    """Counts each parse once, as it is collected."""

    metrics = (FOUND, MISSED, MISSING)
    every_seconds = 5.0

    def __init__(self) -> None:
        self._seen = SeenRows[tuple[str, bool]]()

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the totals since the first look."""
        now = await connection.fetchval(load("sight_now"))
        rows = await connection.fetch(load("sight_parses_found"), self._seen.since(now))
        self._seen.take(
            (
                (row["parse_id"], row["collected_at"], ("webhook" if row["told_before"] else "poll", row["untold"]))
                for row in rows
            ),
            now,
        )
        totals = self._seen.totals
        return [
            Sample(FOUND, totals["webhook", False], ("webhook",)),
            Sample(FOUND, totals["poll", False] + totals["poll", True], ("poll",)),
            Sample(MISSED, totals["poll", True]),
            Sample(MISSING, await connection.fetchval(load("sight_missing_webhooks"), _MISSING_SECONDS)),
        ]
