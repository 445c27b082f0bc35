"""Webhook deliveries as stored: what is still to be sent, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass

from mock_providers.database import Database

_WAITING = """
SELECT place, job_id, hook, event_id, event_type, happened_at, tries FROM deliveries
WHERE job_id = ? AND hook = ? AND state = 'waiting' ORDER BY place
"""
_OPEN = "SELECT DISTINCT job_id, hook FROM deliveries WHERE state = 'waiting' ORDER BY job_id, hook"
_RECORD = "UPDATE deliveries SET tries = ?, state = ? WHERE place = ?"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook of a job."""

    place: int
    job_id: str
    hook: int
    event_id: str
    event_type: str
    happened_at: float
    tries: int


class DeliveryStore:
    """Deliveries in the order of their events."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, job_id: str, hook: int) -> list[Delivery]:
        """Return the deliveries of a job's webhook that are still to be sent, oldest first."""
        return [Delivery(**dict(row)) for row in self._database.rows(_WAITING, (job_id, hook))]

    def open(self) -> list[tuple[str, int]]:
        """Return job and webhook number of all that is still to be sent."""
        return [(row["job_id"], row["hook"]) for row in self._database.rows(_OPEN)]

    def record(self, delivery: Delivery, tries: int, state: str) -> None:
        """Store how often a delivery was tried, and that it is `waiting`, `delivered` or `lost`."""
        with self._database.transaction() as cursor:
            cursor.execute(_RECORD, (tries, state, delivery.place))
