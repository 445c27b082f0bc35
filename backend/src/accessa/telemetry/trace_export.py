"""Sends traces to a receiver of OTLP over HTTP, and never lets the receiver's trouble become ours."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import accessa
from accessa.domain.addresses import is_loopback
from accessa.domain.errors import UsageError
from accessa.telemetry.logs import get_logger
from accessa.telemetry.traces import record_with

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

FLUSH_SECONDS = 1.0
"""How long the end of a process may be held up by spans that are still to be sent."""

_INSTALL = "pip install 'accessa[traces]'"
_END: list[Callable[[], None]] = []
log = get_logger(__name__)


def begin_traces(endpoint: str, *, headers: str, sample_ratio: float, service: str, environment: str) -> None:
    """Record traces from now on and send them to `endpoint`, the base address of an OTLP/HTTP receiver.

    Nothing happens when the address is empty, or no document is to be traced. Raises `UsageError` SETTINGS_INVALID for
    an address or headers that cannot be used, and when the packages for it are not installed.
    """
    if not endpoint or not sample_ratio:
        return
    _check_address(endpoint)
    sent = _read_headers(headers, endpoint)
    try:
        provider = _make_provider(endpoint, sent, sample_ratio, _about(service, environment))
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in {"opentelemetry", "requests"}:
            raise
        raise UsageError(
            "SETTINGS_INVALID", f"TRACES_ENDPOINT is set and the packages for traces are missing: {_INSTALL}"
        ) from None
    from accessa.telemetry.trace_recorder import OpenTelemetryRecorder  # noqa: PLC0415 - see `traces`

    record_with(OpenTelemetryRecorder(provider.get_tracer("accessa", accessa.__version__)))
    _END.append(provider.shutdown)
    log.info("Traces are sent", sample_ratio=sample_ratio)


def end_traces(seconds: float = FLUSH_SECONDS) -> None:
    """Record no more and send what is left, for so many seconds at most; nothing happens while traces are off."""
    record_with(None)
    while _END:
        # A receiver that does not answer holds this thread up and not the process.
        last = threading.Thread(target=_END.pop(), name="last traces", daemon=True)
        last.start()
        last.join(seconds)


def _check_address(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.username is not None or parts.query or parts.fragment:
        raise UsageError(
            "SETTINGS_INVALID",
            "TRACES_ENDPOINT must be the base address of an OTLP/HTTP receiver, as http://127.0.0.1:4318, without user,"
            " password or query.",
        )


def _read_headers(text: str, endpoint: str) -> dict[str, str]:
    """Return the headers of `name=value,name=value`."""
    headers: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not pair.isascii() or not pair.isprintable():
            raise UsageError("SETTINGS_INVALID", "TRACES_HEADERS must be of the form name=value,name=value.")
        headers[name.strip().lower()] = value.strip()
    if headers and not endpoint.startswith("https:") and not is_loopback(endpoint):
        raise UsageError(
            "SETTINGS_INVALID", "TRACES_HEADERS holds secrets, so TRACES_ENDPOINT must be https or on this machine."
        )
    return headers


def _about(service: str, environment: str) -> dict[str, str]:
    return {
        "service.name": service,
        "service.namespace": "accessa",
        "service.version": accessa.__version__,
        "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        "deployment.environment": environment,
        "deployment.environment.name": environment,
    }


def _make_provider(
    endpoint: str, headers: dict[str, str], sample_ratio: float, about: dict[str, str]
) -> TracerProvider:
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - see `traces`
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - likewise
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415 - likewise

    from accessa.telemetry.trace_queue import SpanQueue, exporter_to  # noqa: PLC0415 - likewise

    # The receiver's troubles are told once and by ourselves.
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(sample_ratio)), resource=Resource(dict(about)), shutdown_on_exit=False
    )
    provider.add_span_processor(SpanQueue(exporter_to(endpoint, headers)))
    return provider
