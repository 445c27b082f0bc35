"""The gates of the providers, which all processes share."""

from __future__ import annotations

from accessa.domain.error_catalogue import CATALOGUE
from accessa.observe.metric import Sample, gauge
from accessa.store.database import Connection
from accessa.store.statements import load

CIRCUIT = gauge("accessa_provider_circuit", "1 for the state that the circuit is in", "provider", "state")
STOPPED = gauge("accessa_provider_stopped", "1 while no process calls the provider, and why", "provider", "code")
_STATES = ("closed", "open", "half_open")
_FIGURES = {
    "failures": gauge("accessa_provider_failures_in_a_row", "Outages in a row", "provider"),
    "probe_in_seconds": gauge("accessa_provider_probe_in_seconds", "Until one call tries the open circuit", "provider"),
    "paused_seconds": gauge(
        "accessa_provider_paused_seconds",
        "Until the rate limit told by the provider is over; 0 when none is",
        "provider",
    ),
    "requests_left": gauge("accessa_provider_requests_left", "Requests left in this minute", "provider"),
    "requests_limit": gauge("accessa_provider_requests_limit", "Requests allowed in a minute", "provider"),
    "tokens_left": gauge("accessa_provider_tokens_left", "Tokens left in this minute", "provider"),
    "tokens_limit": gauge("accessa_provider_tokens_limit", "Tokens allowed in a minute", "provider"),
}


class GatesReading:
    """Circuit, pause and what is left of the rate."""

    metrics = (CIRCUIT, STOPPED, *_FIGURES.values())
    every_seconds = 2.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the state of every gate; what a provider has not told is absent."""
        rows = await connection.fetch(load("sight_gates"))
        return [
            *(
                Sample(CIRCUIT, float(row["state"] == state), (row["provider"], state))
                for row in rows
                for state in _STATES
            ),
            *(Sample(STOPPED, 1, (row["provider"], _known(row["reason"]))) for row in rows if row["stops"]),
            *(
                Sample(metric, float(row[field]), (row["provider"],))
                for row in rows
                for field, metric in _FIGURES.items()
                if row[field] is not None
            ),
        ]


def _known(code: str | None) -> str:
    return code if code in CATALOGUE else "INTERNAL"
