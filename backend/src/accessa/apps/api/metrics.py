"""Metrics in the form of Prometheus; read from the database on each scrape, so every process tells the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from accessa.apps.api.request_scope import ServicesOf
from accessa.store.audit import CHECKS
from accessa.store.audit_runs import AuditVerdict, find_last_audit
from accessa.store.gates import list_gates
from accessa.store.jobs import measure_oldest_transaction

router = APIRouter(tags=["health"])

_STATES = ("closed", "open", "half_open")
_GAUGES = {
    "failures": ("accessa_provider_failures_in_a_row", "Outages in a row"),
    "probe_in_seconds": ("accessa_provider_probe_in_seconds", "Until one call tries the open circuit"),
    "paused_for_seconds": ("accessa_provider_paused_seconds", "Until the rate limit told by the provider is over"),
    "requests_left": ("accessa_provider_requests_left", "Requests left in this minute"),
    "tokens_left": ("accessa_provider_tokens_left", "Tokens left in this minute"),
    "calls_today": ("accessa_provider_calls_24h", "Recorded calls of the last 24 hours"),
    "spent_today_usd": ("accessa_provider_spent_24h_usd", "Spent in the last 24 hours, in US dollars"),
}


@router.get("/metrics", response_class=Response)
async def metrics(services: ServicesOf) -> Response:
    """Tell the state of the providers' gates, what the last audit has found, and the age of the oldest transaction."""
    registry = CollectorRegistry()
    registry.register(_Gates(await list_gates(services.database)))
    async with services.database.connection() as connection:
        registry.register(_Audit(await find_last_audit(connection)))
    oldest = Gauge(
        "accessa_database_oldest_transaction_seconds",
        "Age of the oldest transaction of the database; past some minutes, end its client",
        registry=registry,
    )
    oldest.set(await measure_oldest_transaction(services.database))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Gates(Collector):
    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = list(rows)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield one family a figure, one sample a provider."""
        states = GaugeMetricFamily(
            "accessa_provider_circuit", "1 for the state that the circuit is in", labels=["provider", "state"]
        )
        for row in self._rows:
            for state in _STATES:
                states.add_metric([row["provider"], state], float(row["state"] == state))
        yield states
        for field, (name, told) in _GAUGES.items():
            family = GaugeMetricFamily(name, told, labels=["provider"])
            for row in self._rows:
                if row[field] is not None:
                    family.add_metric([row["provider"]], float(row[field]))
            yield family


class _Audit(Collector):
    def __init__(self, verdict: AuditVerdict | None) -> None:
        self._verdict = verdict

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield nothing before the first audit: no news must not pass for good news."""
        if self._verdict is None:
            return
        violations = GaugeMetricFamily(
            "accessa_audit_violations", "Rows that break a promise, by the last audit", labels=["check"]
        )
        for name in sorted(
            {check.name for check in CHECKS if not check.at_rest and not check.needs_evidence}
            | set(self._verdict.violations)
        ):
            violations.add_metric([name], float(self._verdict.violations.get(name, 0)))
        yield violations
        yield GaugeMetricFamily(
            "accessa_audit_unfinished_checks",
            "Checks of the last audit that took too long for a verdict",
            len(self._verdict.unfinished),
        )
        yield GaugeMetricFamily(
            "accessa_audit_last_run_timestamp_seconds", "When the last audit ended", self._verdict.ended_at
        )
