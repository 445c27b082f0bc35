"""Sends webhook deliveries: in order per webhook, signed, tried three times like the real service."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging

import httpx

from mock_providers.control import Control, ControlValues
from mock_providers.faults import Fault
from mock_providers.llamaparse import fault_kinds
from mock_providers.llamaparse.configuration import Webhook
from mock_providers.llamaparse.deliveries import Delivery, DeliveryStore
from mock_providers.llamaparse.job_store import JobStore
from mock_providers.settings import LlamaParseSettings

_AGENT = "llamaindex-webhook-service/1.0"
_log = logging.getLogger(__name__)


class WebhookSender:
    """Empties the store of deliveries; one task per webhook of a job keeps the order of its events."""

    def __init__(
        self, settings: LlamaParseSettings, control: Control[ControlValues], jobs: JobStore, deliveries: DeliveryStore
    ) -> None:
        self._waits = settings.webhook_retry_waits
        self._timeout = settings.webhook_timeout
        self._control = control
        self._jobs = jobs
        self._deliveries = deliveries
        self._tasks: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None

    def wake(self, job_id: str, hooks: int) -> None:
        """See to what is planned for the first `hooks` webhooks of a job."""
        for hook in range(hooks):
            self._start((job_id, hook))

    async def resume(self) -> None:
        """Go on with what a stopped process has left."""
        for key in await asyncio.to_thread(self._deliveries.open):
            self._start(key)

    async def stop(self) -> None:
        """Stop sending; what is open stays in the store."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
        if self._client:
            await self._client.aclose()
            self._client = None

    def _start(self, key: tuple[str, int]) -> None:
        running = self._tasks.get(key)
        before = None if running is None or running.done() else running
        task = asyncio.create_task(self._drain(key, before))
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._tasks.pop(key) if self._tasks.get(key) is done else None)

    async def _drain(self, key: tuple[str, int], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        while delivery := await asyncio.to_thread(self._deliveries.next, *key):
            await self._deliver(delivery)

    async def _deliver(self, delivery: Delivery) -> None:
        job = await asyncio.to_thread(self._jobs.find, delivery.job_id)
        if job is None:
            await self._record(delivery, delivery.tries, "lost")
            return
        subjects = (job.job_id, job.document, delivery.event_type)
        number = self._control.count("webhook")
        fault = self._control.fault("webhook", number, fault_kinds.WEBHOOK, subjects)
        hook = job.options.hooks()[delivery.hook]
        if fault and fault.kind == "late_webhook":
            await asyncio.sleep(fault.number(0))
        if fault and fault.kind == "lost_webhook":
            await self._record(delivery, delivery.tries, "lost")
            return
        await self._try_often(delivery, hook, fault)
        if fault and fault.kind == "duplicate_webhook":
            await self._post(delivery, hook, fault)

    async def _try_often(self, delivery: Delivery, hook: Webhook, fault: Fault | None) -> None:
        for tries in range(delivery.tries, len(self._waits) + 1):
            if tries:
                await asyncio.sleep(self._waits[tries - 1])
            if await self._post(delivery, hook, fault):
                await self._record(delivery, tries + 1, "delivered")
                return
            await asyncio.to_thread(self._deliveries.record, delivery, tries + 1, "waiting")
        await self._record(delivery, len(self._waits) + 1, "lost")

    async def _post(self, delivery: Delivery, hook: Webhook, fault: Fault | None) -> bool:
        body = body_of(delivery, hook)
        headers = headers_of(delivery, hook, body)
        if fault and fault.kind == "wrong_signature":
            headers["LC-Signature"] = f"sha256={hashlib.sha256(body).hexdigest()}"
        try:
            answer = await self._http().post(str(hook.webhook_url), content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return False
        return answer.is_success

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=self._timeout, trust_env=False, follow_redirects=False)
        return self._client

    async def _record(self, delivery: Delivery, tries: int, state: str) -> None:
        await asyncio.to_thread(self._deliveries.record, delivery, tries, state)
        fields = {"job_id": delivery.job_id, "type": delivery.event_type, "tries": tries, "state": state}
        _log.log(logging.INFO if state == "delivered" else logging.WARNING, "webhook", extra={"fields": fields})


def body_of(delivery: Delivery, hook: Webhook) -> bytes:
    """Return the body: a JSON object, or with the format `string` (the default) that object inside a JSON string."""
    event = {
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "timestamp": delivery.happened_at,
        "data": {"id": delivery.job_id, "job_id": delivery.job_id},
    }
    text = json.dumps(event)
    return (text if hook.webhook_output_format == "json" else json.dumps(text)).encode()


def headers_of(delivery: Delivery, hook: Webhook, body: bytes) -> dict[str, str]:
    """Return the service's four headers, the webhook's own, and the signature if it has a secret."""
    custom = {name: str(value) for name, value in (hook.webhook_headers or {}).items()}
    headers = custom | {
        "Content-Type": "application/json",
        "User-Agent": _AGENT,
        "X-Webhook-Event-ID": delivery.event_id,
        "X-Webhook-Event-Type": delivery.event_type,
    }
    if hook.webhook_signing_secret:
        digest = hmac.new(hook.webhook_signing_secret.encode(), body, hashlib.sha256).hexdigest()
        headers["LC-Signature"] = f"sha256={digest}"
    return headers
