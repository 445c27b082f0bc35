"""Every instrument of our processes, named once; a process serves those that its name stands beside.

They live in the process and cost some microseconds a time: they are for calls, batches and stages, never for chunks.
What the whole system is like is read from the database instead, by `accessa.observe`.
"""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.registry import Collector

from accessa.telemetry.metric_names import OURS, Description, Exporter

# A second series for each, which tells when it began, would double what is scraped.
disable_created_metrics()  # type: ignore[no-untyped-call]

DURATION_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0)
"""Upper bounds in seconds of what is counted by its duration; what takes longer than the last is counted as well."""

_CALL_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_INPUT_BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)
_FILL_BOUNDS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)

_STAGE = "a stage, as `embed_batches`"
_PROVIDER = "who the provider is, as `openai` or `mock-openai`"
_CODE = "a code of the error catalogue"
_METHOD = "GET, POST, …, or OTHER"
_ROUTE = "the template of an address, never the address itself; of the storage the operation; or `unknown`"
_OPERATION = "what is asked for, as `embeddings.create`"

_REJECTIONS = (
    *("bad_signature", "stray", "malformed", "too_large", "slow", "wrong_type"),
    *("unknown", "not_final", "not_recorded"),
)

INSTRUMENTS: dict[str, tuple[Description, Collector]] = {}
"""Each instrument with its description, by name, in the order of this file."""


def _keep(described: Description, instrument: Collector) -> None:
    INSTRUMENTS[described.name] = (described, instrument)


def _counter(name: str, told: str, by: tuple[Exporter, ...], labels: Mapping[str, str] | None = None) -> Counter:
    named = labels or {}
    counter = Counter(name, told, list(named), registry=None)
    _keep(Description(name, "counter", told, by, named), counter)
    return counter


def _gauge(name: str, told: str, by: tuple[Exporter, ...], labels: Mapping[str, str] | None = None) -> Gauge:
    named = labels or {}
    gauge = Gauge(name, told, list(named), registry=None)
    _keep(Description(name, "gauge", told, by, named), gauge)
    return gauge


def _histogram(
    name: str,
    told: str,
    by: tuple[Exporter, ...],
    labels: Mapping[str, str] | None = None,
    *,
    bounds: tuple[float, ...] = DURATION_BOUNDS,
) -> Histogram:
    named = labels or {}
    histogram = Histogram(name, told, list(named), buckets=bounds, registry=None)
    _keep(Description(name, "histogram", told, by, named), histogram)
    return histogram


_SERVED = (Exporter.API, Exporter.STORAGE)
_API = (Exporter.API,)
_STORAGE = (Exporter.STORAGE,)
_WORKER = (Exporter.WORKER,)
_POOLED = (Exporter.API, Exporter.WORKER)

BUILD = _gauge(
    "accessa_build_info",
    "1, labelled with what runs",
    OURS,
    {"service": "the process, as in its logs", "version": "the version of the package"},
)
RESIDENT = _gauge("accessa_process_resident_bytes", "Memory that the process holds in RAM", OURS)
LOOP_LAG = _gauge(
    "accessa_event_loop_lag_seconds", "The longest that a turn of the event loop came late in the last 15 seconds", OURS
)

HTTP_REQUESTS = _counter(
    "accessa_http_requests_total",
    "Requests served",
    _SERVED,
    {"method": _METHOD, "route": _ROUTE, "status": "the status of the answer, 499 when the caller hung up"},
)
HTTP_SECONDS = _histogram(
    "accessa_http_request_duration_seconds",
    "Time until the last byte of the answer was handed over",
    _SERVED,
    {"method": _METHOD, "route": _ROUTE},
    bounds=_CALL_BOUNDS,
)

UPLOADS = _counter(
    "accessa_uploads_total",
    "Files sent, or announced, by their outcome",
    _API,
    {"outcome": "accepted, duplicate, refused (the caller's fault) or failed (ours)"},
)
WEBHOOKS = _counter(
    "accessa_webhooks_total",
    "Deliveries of the parse provider",
    _API,
    {
        "result": "accepted, repeated, late or rejected",
        "reason": f"empty; of what is rejected: {', '.join(_REJECTIONS)}; "
        "stray is neither signed nor sent to the address of a parse",
    },
)

DISK_FREE = _gauge("accessa_storage_disk_free_bytes", "Room left on the disk of the storage folder", _STORAGE)
DISK_SIZE = _gauge("accessa_storage_disk_size_bytes", "Size of the disk of the storage folder", _STORAGE)

POOL_CONNECTIONS = _gauge(
    "accessa_database_pool_connections",
    "Connections to the database that are open, without those reserved for signs of life",
    _POOLED,
    {"state": "used or idle"},
)
POOL_LIMIT = _gauge("accessa_database_pool_limit", "Most connections that the process opens for its work", _POOLED)

STAGE_SECONDS = _histogram(
    "accessa_stage_duration_seconds",
    "Time that stages took, waits between two tries left out",
    _WORKER,
    {"stage": _STAGE, "outcome": "done, waiting or failed"},
)
JOB_ERRORS = _counter(
    "accessa_job_errors_total",
    "Errors written down on jobs",
    _WORKER,
    {"stage": _STAGE, "code": _CODE, "counted": "true when it counts as an attempt, false otherwise"},
)
JOB_RETRIES = _counter(
    "accessa_job_retries_total", "Jobs that rest after an error and are tried again", _WORKER, {"stage": _STAGE}
)
JOBS_CLAIMED = _counter(
    "accessa_jobs_claimed_total",
    "Jobs claimed",
    _WORKER,
    {"how": "fresh, taken_over (its lease ran out, nobody died) or crashed (its owner died)"},
)
LEASES_LOST = _counter(
    "accessa_leases_lost_total", "Jobs that another worker took over while this one had them in hand", _WORKER
)
JOBS_IN_HAND = _gauge("accessa_jobs_in_hand", "Jobs that the worker works on", _WORKER)
JOBS_IN_HAND_LIMIT = _gauge("accessa_jobs_in_hand_limit", "Most jobs that it takes at the same time", _WORKER)

EMBED_INPUTS = _histogram("accessa_embed_batch_inputs", "Passages in an embedding call", _WORKER, bounds=_INPUT_BOUNDS)
EMBED_FILL = _histogram(
    "accessa_embed_batch_fill_ratio",
    "How full an embedding call was, by passages or by size, whichever is more: 1 is full",
    _WORKER,
    bounds=_FILL_BOUNDS,
)
PROVIDER_TOKENS = _counter(
    "accessa_provider_tokens_total", "Tokens that the provider billed", _WORKER, {"provider": _PROVIDER}
)
PROVIDER_COST = _counter(
    "accessa_provider_cost_usd_total",
    "What was billed, in US dollars, at the prices of the settings",
    _WORKER,
    {"provider": _PROVIDER, "operation": "parse or embed"},
)
PROVIDER_SECONDS = _histogram(
    "accessa_provider_request_duration_seconds",
    "Time from a request to the whole answer",
    _POOLED,
    {
        "provider": _PROVIDER,
        "operation": _OPERATION,
        "outcome": "ok, refused (4xx), limited (429), error (5xx), timeout, unreachable or cut_short (we gave up)",
    },
    bounds=_CALL_BOUNDS,
)
PROVIDER_ERRORS = _counter(
    "accessa_provider_errors_total",
    "Requests to providers that failed",
    _POOLED,
    {"provider": _PROVIDER, "code": _CODE},
)
PARSES_COLLECTED = _counter(
    "accessa_parses_collected_total",
    "Parses whose result was fetched",
    _WORKER,
    {"found_by": "webhook, or poll when no webhook had come"},
)

ALERT_DELIVERIES = _counter(
    "accessa_alert_deliveries_total",
    "Notices of alerts that were sent, or given up",
    (Exporter.MONITORING,),
    {"channel": "`log`, `webhook` or `notify`", "outcome": "`delivered` or `given_up`"},
)

DESCRIPTIONS = tuple(described for described, _ in INSTRUMENTS.values())

# What has never happened is told as 0, so that its first time is seen as a rise.
for _how in ("fresh", "taken_over", "crashed"):
    JOBS_CLAIMED.labels(_how)
for _result in ("accepted", "repeated", "late"):
    WEBHOOKS.labels(_result, "")
for _reason in _REJECTIONS:
    WEBHOOKS.labels("rejected", _reason)
for _found_by in ("webhook", "poll"):
    PARSES_COLLECTED.labels(_found_by)
for _outcome in ("accepted", "duplicate", "refused", "failed"):
    UPLOADS.labels(_outcome)
