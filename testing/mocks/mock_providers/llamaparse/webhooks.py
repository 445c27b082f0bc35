"""Sends webhook deliveries: in order per webhook, signed, tried three times like the real service."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict

import httpx

from mock_providers.control import Control, ControlValues
from mock_providers.faults import Fault
from mock_providers.llamaparse import fault_kinds
from mock_providers.llamaparse.deliveries import Delivery, DeliveryStore
from mock_providers.llamaparse.job_store import OPEN, Job, JobStore
from mock_providers.llamaparse.legacy_results import push_message
from mock_providers.llamaparse.page_store import PageStore
from mock_providers.llamaparse.webhook_faults import message_of
from mock_providers.llamaparse.webhook_messages import Message
from mock_providers.logs import work_for
from mock_providers.settings import LlamaParseSettings

_TWICE = 2
_NOT_FINAL = frozenset({"parse.pending", "parse.running"})
_log = logging.getLogger(__name__)

Key = tuple[str, int]
"""A job, and the number of one of its webhooks."""


class WebhookSender:
    """Empties the store of deliveries; one task per webhook of a job keeps the order of its events."""

    def __init__(
        self,
        settings: LlamaParseSettings,
        control: Control[ControlValues],
        jobs: JobStore,
        pages: PageStore,
        deliveries: DeliveryStore,
    ) -> None:
        self._waits = settings.webhook_retry_waits
        self._timeout = settings.webhook_timeout
        self._control = control
        self._jobs = jobs
        self._pages = pages
        self._deliveries = deliveries
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._held: defaultdict[Key, set[int]] = defaultdict(set)
        self._client: httpx.AsyncClient | None = None
        #: how many deliveries were delivered, and lost, since the start
        self.results: Counter[str] = Counter()

    def wake(self, job_id: str, hooks: int) -> None:
        """See to what is planned for the first `hooks` webhooks of a job."""
        for hook in range(hooks):
            self._start((job_id, hook))

    async def settle(self, job_id: str, seconds: float) -> None:
        """Wait until all that is planned for a job has been sent, but no longer than `seconds`."""
        if tasks := [task for key, task in self._tasks.items() if key[0] == job_id]:
            await asyncio.wait(tasks, timeout=seconds)

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
        self._held.clear()
        if self._client:
            await self._client.aclose()
            self._client = None

    def _start(self, key: Key) -> None:
        running = self._tasks.get(key)
        before = None if running is None or running.done() else running
        task = asyncio.create_task(self._drain(key, before))
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._tasks.pop(key) if self._tasks.get(key) is done else None)

    async def _drain(self, key: Key, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        while job := await asyncio.to_thread(self._jobs.find, key[0]):
            work_for(job.options.correlation_id)
            waiting = await asyncio.to_thread(self._deliveries.waiting, *key)
            free = [delivery for delivery in waiting if delivery.place not in self._held[key]]
            if not waiting or (not free and job.status in OPEN):
                break
            await self._deliver(job, free[0] if free else waiting[0], held=not free)
        else:
            await self._give_up(key)
        if not self._held[key]:
            del self._held[key]

    async def _give_up(self, key: Key) -> None:
        """Lose what was planned for a job that is gone."""
        for delivery in await asyncio.to_thread(self._deliveries.waiting, *key):
            await self._record(delivery, delivery.tries, "lost")

    async def _deliver(self, job: Job, delivery: Delivery, *, held: bool) -> None:
        fault = None if held else self._fault(job, delivery)
        kind = fault.kind if fault else ""
        if kind == "out_of_order" and delivery.event_type in _NOT_FINAL:
            self._held[job.job_id, delivery.hook].add(delivery.place)
            return
        if fault and kind == "late_webhook":
            await asyncio.sleep(fault.number(0))
        if kind == "lost_webhook":
            await self._record(delivery, delivery.tries, "lost")
            return
        target = await self._message(job, delivery, fault)
        copies = int(fault.number(_TWICE)) if fault and kind == "duplicate_webhook" else 1
        await self._send(delivery, target, copies)
        self._held[job.job_id, delivery.hook].discard(delivery.place)

    def _fault(self, job: Job, delivery: Delivery) -> Fault | None:
        subjects = (job.job_id, job.document, delivery.event_type)
        return self._control.fault("webhook", self._control.count("webhook"), fault_kinds.WEBHOOK, subjects)

    async def _message(self, job: Job, delivery: Delivery, fault: Fault | None) -> tuple[str, Message]:
        """Return address and content; a push of API v1 holds the result instead of an event."""
        hook = job.options.hooks()[delivery.hook]
        if job.options.is_push(delivery.hook):
            return str(hook.webhook_url), await asyncio.to_thread(push_message, job, self._pages)
        return str(hook.webhook_url), await asyncio.to_thread(message_of, delivery, hook, fault)

    async def _send(self, delivery: Delivery, target: tuple[str, Message], copies: int) -> None:
        if copies > _TWICE:
            answers = await asyncio.gather(*(self._post(*target) for _ in range(copies)))
            await self._record(delivery, 1, "delivered" if any(answers) else "lost")
            return
        await self._try_often(delivery, target)
        for _ in range(copies - 1):
            await self._post(*target)

    async def _try_often(self, delivery: Delivery, target: tuple[str, Message]) -> None:
        for tries in range(delivery.tries, len(self._waits) + 1):
            if tries:
                await asyncio.sleep(self._waits[tries - 1])
            if await self._post(*target):
                await self._record(delivery, tries + 1, "delivered")
                return
            await asyncio.to_thread(self._deliveries.record, delivery, tries + 1, "waiting")
        await self._record(delivery, len(self._waits) + 1, "lost")

    async def _post(self, url: str, message: Message) -> bool:
        try:
            answer = await self._http().post(url, content=message.content(), headers=message.headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return False
        return answer.is_success

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = httpx.Limits(max_connections=None)
            self._client = httpx.AsyncClient(
                timeout=self._timeout, trust_env=False, follow_redirects=False, limits=limits
            )
        return self._client

    async def _record(self, delivery: Delivery, tries: int, state: str) -> None:
        await asyncio.to_thread(self._deliveries.record, delivery, tries, state)
        self.results[state] += 1
        fields = {"parse_job_id": delivery.job_id, "event_type": delivery.event_type, "tries": tries, "state": state}
        _log.log(logging.INFO if state == "delivered" else logging.WARNING, "Webhook sent", extra={"fields": fields})
