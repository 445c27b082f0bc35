"""What a worker answers over HTTP: /health, /ready and /metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import accessa
from accessa.apps.worker.fitness import Fitness
from accessa.apps.worker.http_door import Answer, HttpDoor, json_answer
from accessa.apps.worker.reachable import reached_at
from accessa.settings import Settings
from accessa.telemetry.exposition import CONTENT_TYPE_LATEST, exposition
from accessa.telemetry.metric_names import Exporter

# Both looks of a readiness check have their own, shorter patience.
_READY_SECONDS = 9.0


class Probes:
    """Serves the probes of one worker; they are open to whoever reaches the port, and hold no secret."""

    def __init__(self, fitness: Fitness, sample: Callable[[], None]) -> None:
        """Take who knows how the worker is, and what brings its gauges up to date."""
        self._fitness = fitness
        self._sample = sample
        self._loop = asyncio.get_running_loop()
        self._door: HttpDoor | None = None

    def open(self, settings: Settings) -> str | None:
        """Begin to answer; return the address of the metrics, None when the settings switch it off.

        Raises `UsageError` NO_FREE_PORT.
        """
        host, port = settings.worker.http_host, settings.worker.http_port
        if port == "off":
            return None
        answers = {"/health": self._health, "/ready": self._ready, "/metrics": self._metrics}
        self._door = HttpDoor(host, port, answers)
        named = reached_at(host, settings.database.url.get_secret_value())
        return f"http://{named}:{self._door.port}/metrics"

    def close(self) -> None:
        """Answer no more."""
        if self._door is not None:
            self._door.close()

    def _health(self) -> Answer:
        complaint = self._fitness.complaint()
        body = {"status": complaint or "ok", "service": Exporter.WORKER.value, "version": accessa.__version__}
        return json_answer(503 if complaint else 200, body)

    def _ready(self) -> Answer:
        complaint = self._fitness.complaint()
        if complaint:
            return json_answer(503, {"status": "not ready", "checks": {"worker": complaint}})
        looking = asyncio.run_coroutine_threadsafe(self._fitness.checks(), self._loop)
        try:
            checks = looking.result(_READY_SECONDS)
        except TimeoutError:
            looking.cancel()
            checks = {"worker": "The event loop does not come to it."}
        good = all(sentence == "ok" for sentence in checks.values())
        return json_answer(200 if good else 503, {"status": "ok" if good else "not ready", "checks": dict(checks)})

    def _metrics(self) -> Answer:
        self._sample()
        return Answer(200, exposition(Exporter.WORKER), CONTENT_TYPE_LATEST)
