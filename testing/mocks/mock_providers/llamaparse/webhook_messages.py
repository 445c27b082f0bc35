"""What a webhook delivery says: the event, its encoding, the headers and the signature."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_providers.llamaparse.configuration import Webhook
from mock_providers.llamaparse.deliveries import Delivery

SIGNATURE = "LC-Signature"
EVENT_TYPE = "X-Webhook-Event-Type"
_PIECES = 10
_AGENT = "llamaindex-webhook-service/1.0"


@dataclass(frozen=True, slots=True)
class Message:
    """One request to a webhook."""

    body: bytes
    headers: Mapping[str, str]
    seconds: float = 0.0
    """How long the body takes on its way, a few bytes at a time."""

    def content(self) -> bytes | AsyncIterator[bytes]:
        """Return the body as the HTTP client wants it."""
        return self._trickle() if self.seconds else self.body

    async def _trickle(self) -> AsyncIterator[bytes]:
        size = max(1, len(self.body) // _PIECES)
        for start in range(0, len(self.body), size):
            yield self.body[start : start + size]
            await asyncio.sleep(self.seconds / _PIECES)


def event_of(delivery: Delivery) -> dict[str, Any]:
    """Return the event that a delivery tells."""
    return {
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "timestamp": delivery.happened_at,
        "data": {"id": delivery.job_id, "job_id": delivery.job_id},
    }


def encoded(event: Mapping[str, Any], hook: Webhook) -> bytes:
    """Return the body: a JSON object, or with the format `string` (the default) that object inside a JSON string."""
    text = json.dumps(event)
    return (text if hook.webhook_output_format == "json" else json.dumps(text)).encode()


def signed(body: bytes, delivery: Delivery, hook: Webhook, event_type: str | None = None) -> Message:
    """Return the message with the service's headers, the webhook's own, and the signature if it has a secret."""
    headers = {name: str(value) for name, value in (hook.webhook_headers or {}).items()} | {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        "X-Webhook-Event-ID": delivery.event_id,
        EVENT_TYPE: event_type or delivery.event_type,
    }
    if hook.webhook_signing_secret:
        headers[SIGNATURE] = signature(hook.webhook_signing_secret, body)
    return Message(body, headers)


def signature(secret: str, body: bytes) -> str:
    """Return the value of the header `LC-Signature`."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
