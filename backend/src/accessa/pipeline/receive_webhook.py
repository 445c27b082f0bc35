"""Takes the parse provider's webhook in: verified on the raw bytes, recorded, and never believed for content."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from accessa.domain.errors import AccessaError, UsageError
from accessa.domain.signatures import is_bearer, is_signed
from accessa.domain.statuses import Status
from accessa.failpoints import failpoint
from accessa.pipeline.services import Services
from accessa.store import parses
from accessa.store.database import Connection
from accessa.store.jobs import note_event
from accessa.telemetry.log_context import note
from accessa.telemetry.metrics import WEBHOOKS
from accessa.telemetry.traces import log_fields, span_under

_EVENT_ID = re.compile(r"[0-9A-Za-z_-]{8,100}")
# A result from the provider's cache may be announced before its answer to our request has been stored.
_AWAITING = {Status.UPLOADED, Status.PARSE_QUEUED}
_ACCEPTED, _REPEATED, _LATE = ("accepted", ""), ("repeated", ""), ("late", "")
_LOOK_UP_SECONDS = 1.0
_looking_up = asyncio.Semaphore(1)
_FINAL = {"parse.success", "parse.partial_success", "parse.error", "parse.cancelled"}


async def receive_webhook(
    services: Services, locator: str, body: bytes, *, signature: str | None, authorization: str | None
) -> bool:
    """Record a delivery and make its waiting job due; False when it was known, or concerns nothing of ours.

    It has to be signed over exactly these bytes, and to hold the token of this very address. Raises `UsageError`
    WEBHOOK_UNSIGNED or WEBHOOK_MALFORMED; then nothing is stored.
    """
    given = services.settings.parse.webhook_secret.get_secret_value().split(",")
    secrets = [secret.strip() for secret in given]
    checks = is_signed(signature, body, secrets), is_bearer(authorization, locator, secrets)
    if not all(checks):
        raise UsageError("WEBHOOK_UNSIGNED")
    message = _read(body)
    event_id, kind = str(message.get("event_id")), str(message.get("event_type"))
    key = event_id if _EVENT_ID.fullmatch(event_id) else hashlib.sha256(body).hexdigest()
    async with services.database.transaction() as connection:
        result = await _record(connection, locator, key, kind)
        failpoint("webhook.before_commit")
    failpoint("webhook.after_commit")
    WEBHOOKS.labels(*result).inc()
    accepted = result == _ACCEPTED
    if accepted:
        services.ring()
    return accepted


async def is_address_of_ours(services: Services, locator: str) -> bool:
    """Tell whether somebody who could not sign knows the address of a parse, which only the provider is told.

    One is looked up at a time, so that no flood reaches the database; False for the others, and while it is silent.
    """
    if _looking_up.locked():
        return False
    try:
        async with _looking_up, asyncio.timeout(_LOOK_UP_SECONDS), services.database.connection() as connection:
            return await parses.has_locator(connection, locator)
    except (AccessaError, TimeoutError):
        return False


def _read(body: bytes) -> dict[str, Any]:
    """Return the message, which the provider may wrap into a JSON string once more."""
    try:
        message = orjson.loads(body)
        if isinstance(message, str):
            message = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise UsageError("WEBHOOK_MALFORMED") from None
    if not isinstance(message, dict):
        raise UsageError("WEBHOOK_MALFORMED")
    return message


async def _record(connection: Connection, locator: str, key: str, kind: str) -> tuple[str, str]:
    """Record a delivery; return how it was taken, and why it was not if so."""
    run = await parses.lock_by_locator(connection, locator)
    if run is not None:
        note(**{name: str(run[name]) for name in ("correlation_id", "job_id", "document_id")})
        note(**log_fields(run["trace_context"]))
    if run is None:
        return "rejected", "unknown"
    if kind not in _FINAL:
        return "rejected", "not_final"
    with span_under(run["trace_context"], "webhook", kind="server", job_id=str(run["job_id"]), event_type=kind):
        if run["status"] not in _AWAITING:
            return _REPEATED if await parses.was_delivered(connection, key) else _LATE
        return await _take_in(connection, run, key, kind)


async def _take_in(connection: Connection, run: Mapping[str, Any], key: str, kind: str) -> tuple[str, str]:
    parse_id: UUID = run["parse_id"]
    if not await parses.insert_delivery(connection, key, parse_id, kind):
        return _REPEATED
    payload = {"delivery_key": key, "event_type": kind, "provider_id": run["provider_job_id"]}
    await note_event(
        connection, run, "PARSE_NOTIFIED", kind="webhook_accepted", payload=payload, provider=run["provider"]
    )
    await parses.note_notified(connection, parse_id)
    return _ACCEPTED
