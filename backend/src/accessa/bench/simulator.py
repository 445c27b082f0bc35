"""The embeddings simulator's control desk, as far as a benchmark needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

from accessa.domain.addresses import trust_for

_FAILURES: tuple[dict[str, Any], ...] = (
    {"kind": "server_error"},
    {"kind": "overloaded"},
    # The provider's limits are by the minute and come back in milliseconds; a longer pause would measure the pause.
    {"kind": "rate_limit", "value": 0.05},
)


@dataclass(frozen=True, slots=True)
class Bill:
    """Sums over the bill: requests that were charged, inputs, and inputs that were charged more than once."""

    requests: int
    units: int
    repaid: int


class Simulator:
    """The desk of one simulator; use it as a context."""

    def __init__(self, url: str) -> None:
        """Take its address, with or without the path of its API."""
        base = url.removesuffix("/v1")
        self._desk = httpx.AsyncClient(base_url=base, timeout=60, trust_env=False, verify=trust_for(base))

    async def __aenter__(self) -> Self:
        """Use it."""
        return self

    async def __aexit__(self, *_raised: object) -> None:
        """Close the connections."""
        await self._desk.aclose()

    async def start_over(self, *, delay: float, failure_rate: float, others: Mapping[str, Any] | None = None) -> None:
        """Forget the bill, and answer from now on after `delay` seconds, or at this rate with a failure.

        `others` are further values of the desk.
        """
        (await self._desk.post("/_control/reset")).raise_for_status()
        faults = [{**fault, "rate": failure_rate / len(_FAILURES)} for fault in _FAILURES] if failure_rate else []
        values = {"delay": delay, "faults": faults, **(others or {})}
        (await self._desk.patch("/_control", json=values)).raise_for_status()

    async def bill(self) -> Bill:
        """Return the sums now."""
        answer = await self._desk.get("/_control/bill", params={"limit": 0})
        answer.raise_for_status()
        summary: dict[str, Any] = answer.json()["summary"]
        return Bill(int(summary["requests"]), int(summary["units"]), int(summary["duplicate_units"]))
