"""Notices as webhooks, signed by the Standard Webhooks specification so that the receiver knows whose they are."""

from __future__ import annotations

import binascii
from datetime import UTC, datetime
from uuid import uuid4

import httpx
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from accessa.domain.errors import UsageError
from accessa.observe.alerts.channels.port import DeliveryError
from accessa.observe.alerts.messages import Message, as_json

TIMEOUT_SECONDS = 10.0


class WebhookChannel:
    """Sends each message to one address."""

    name = "webhook"

    def __init__(self, url: str, secret: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Take where to send and the secret to sign with; raises `UsageError` SETTINGS_INVALID for a wrong one."""
        if not url.startswith(("http://", "https://")):
            raise UsageError("SETTINGS_INVALID", "The setting ALERT_WEBHOOK_URL must begin with http:// or https://.")
        self._url = url
        self._signer = _signer(secret)
        self._client = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)

    async def send(self, message: Message) -> None:
        """Post the message as JSON; every try has its own signature, and all tries of a message the same id."""
        body = as_json(message)
        now = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.message_id, now, body),
            "X-Correlation-Id": str(uuid4()),
        }
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryError(type(error).__name__) from None
        if not answer.is_success:
            raise DeliveryError(f"HTTP {answer.status_code}")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _signer(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except (EmptyWebhookSecretError, binascii.Error, RuntimeError):
        sentence = "The setting ALERT_WEBHOOK_SECRET must be whsec_ and a key in base64, as ALERT_WEBHOOK_URL is set."
        raise UsageError("SETTINGS_INVALID", sentence) from None
