"""What a forecast is made of: one sentence about the time to come, and on what it rests."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_DOCUMENTS = 20


@dataclass(frozen=True, slots=True)
class Outlook:
    """One sentence about the time to come: what it is about, and on what it rests. `value` is none without data."""

    name: str
    value: float | None
    sentence: str
    rests_on: str
