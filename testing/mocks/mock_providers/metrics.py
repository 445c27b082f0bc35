"""What a simulator counts, in the form of Prometheus: requests, faults that were played, webhooks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from fastapi import FastAPI
from fastapi.responses import Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OURS = ("/_control", "/health", "/ready", "/metrics", "/docs", "/openapi.json")
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_NO_ANSWER = "none"
_BOTH = ("mock-llamaparse", "mock-openai")
_WHO = {"provider": "the simulator"}


class Description(NamedTuple):
    """One metric: name, kind, meaning, who tells it, and each label with its possible values in words."""

    name: str
    kind: str
    help: str
    exported_by: tuple[str, ...]
    labels: Mapping[str, str]


REQUESTS = Description(
    "mock_provider_requests_total",
    "counter",
    "Calls of the provider's API; those of the control desk are left out",
    _BOTH,
    {
        **_WHO,
        "operation": "the function that serves it, or `unknown`",
        "status": "its status, or `none` without an answer",
    },
)
SECONDS = Description(
    "mock_provider_request_duration_seconds",
    "histogram",
    "Time until the last byte of the answer",
    _BOTH,
    {**_WHO, "operation": "likewise"},
)
FAULTS = Description(
    "mock_provider_faults_total",
    "counter",
    "Faults that were played",
    _BOTH,
    {**_WHO, "kind": "a kind of the control desk, or `failure_rate`"},
)
WEBHOOKS = Description(
    "mock_webhooks_total",
    "counter",
    "Webhook deliveries after their last try",
    ("mock-llamaparse",),
    {"result": "delivered or lost"},
)
DESCRIPTIONS = (REQUESTS, SECONDS, FAULTS, WEBHOOKS)

# A second series for each, which tells when it began, would double what is scraped.
disable_created_metrics()  # type: ignore[no-untyped-call]


class SimulatorMetrics:
    """The counts of one simulator; `faults` and `webhooks` are kept elsewhere, and read with each scrape."""

    def __init__(self, provider: str, faults: Mapping[str, int], webhooks: Mapping[str, int] | None = None) -> None:
        """Begin with nothing; `webhooks` is None for who sends none."""
        self._provider = provider
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(REQUESTS.name, REQUESTS.help, list(REQUESTS.labels), registry=self._registry)
        self._seconds = Histogram(
            SECONDS.name, SECONDS.help, list(SECONDS.labels), buckets=_BOUNDS, registry=self._registry
        )
        self._registry.register(_Counts(provider, faults, webhooks))

    def count(self, operation: str, status: str, seconds: float) -> None:
        """Count one call."""
        self._requests.labels(self._provider, operation, status).inc()
        self._seconds.labels(self._provider, operation).observe(seconds)

    def install(self, app: FastAPI) -> None:
        """Have `app` count its calls, and tell them at `/metrics` to whoever asks."""
        app.add_middleware(_CountedCalls, metrics=self)

        @app.get("/metrics", include_in_schema=False)
        async def metrics() -> Response:
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)


class _Counts(Collector):
    def __init__(self, provider: str, faults: Mapping[str, int], webhooks: Mapping[str, int] | None) -> None:
        self._provider = provider
        self._faults = faults
        self._webhooks = webhooks

    def collect(self) -> Iterable[CounterMetricFamily]:
        faults = CounterMetricFamily(FAULTS.name, FAULTS.help, labels=list(FAULTS.labels))
        for kind, times in list(self._faults.items()):
            faults.add_metric([self._provider, kind], times)
        yield faults
        if self._webhooks is not None:
            webhooks = CounterMetricFamily(WEBHOOKS.name, WEBHOOKS.help, labels=list(WEBHOOKS.labels))
            for result in ("delivered", "lost"):
                webhooks.add_metric([result], self._webhooks.get(result, 0))
            yield webhooks


class _CountedCalls:
    def __init__(self, app: ASGIApp, metrics: SimulatorMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OURS):
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), _NO_ANSWER

        async def keep_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, keep_status)
        finally:
            operation = str(getattr(scope.get("route"), "name", "unknown"))
            self._metrics.count(operation, status, time.perf_counter() - started)
