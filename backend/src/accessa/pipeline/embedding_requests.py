"""Embedding requests that several jobs fill together: planned batches that are ready at the same time share a call.

Each batch keeps its own intent, fence and bill; the call is paid once, and what it brings is stored in one transaction.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from accessa.domain.batching import BYTES_PER_TOKEN
from accessa.domain.errors import (
    AccessaError,
    GateClosedError,
    LeaseLostError,
    PermanentError,
    RequestTooLargeError,
    WorkerStoppingError,
)
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.embedding_plan import split_batch
from accessa.pipeline.embedding_purchase import PaidBatch, count_bill, store_bought, vector_rows, work_of
from accessa.pipeline.finishing import finished
from accessa.pipeline.job_log import shared_call, told_of
from accessa.pipeline.purchase import intend_purchases
from accessa.pipeline.repeats import Repeats
from accessa.pipeline.services import Services
from accessa.providers.openai import Embeddings
from accessa.settings import EmbedSettings
from accessa.store import ledger
from accessa.store.effects import SharedEffect
from accessa.store.ledger import FailedCall, Purchase
from accessa.store.vectors import Batch, BoughtBatch
from accessa.telemetry import traces
from accessa.telemetry.logs import get_logger
from accessa.telemetry.metrics import EMBED_FILL, EMBED_INPUTS
from accessa.telemetry.traces import NO_SPAN, Span

_LINGER_IDLE_SECONDS = 0.002
_LINGER_BUSY_SECONDS = 0.02
log = get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Part:
    """One planned batch of a job, with its chunks' ids and texts; `alone`: it must not share its request.

    `failed` is the call that its next one repeats.
    """

    job: Job
    batch: Batch
    chunks: Sequence[UUID]
    texts: Sequence[str]
    size_bytes: int
    bought: asyncio.Future[list[Batch]]
    alone: bool = False
    request: _Request | None = None
    failed: FailedCall | None = None
    span: Span = NO_SPAN

    @property
    def model(self) -> tuple[str, str]:
        return self.job.embed_model, self.job.embed_version

    @property
    def estimate(self) -> int:
        """Tokens that it is going to take."""
        return self.size_bytes // BYTES_PER_TOKEN + len(self.texts)

    def fail(self, error: BaseException) -> None:
        if not self.bought.done():
            self.bought.set_exception(error)

    def end(self, halves: list[Batch]) -> None:
        if not self.bought.done():
            self.bought.set_result(halves)


@dataclass(slots=True, eq=False)
class _Request:
    parts: Sequence[_Part]
    repeats: Repeats = field(default_factory=Repeats)
    task: asyncio.Task[None] | None = None
    stores: bool = False

    @property
    def is_wanted(self) -> bool:
        return any(not part.bought.done() for part in self.parts)


@dataclass(slots=True)
class EmbeddingRequests:
    """Fills requests and sends them, several at a time; one for each process."""

    _waiting: deque[_Part] = field(default_factory=deque)
    _returning: deque[_Request] = field(default_factory=deque)
    _inputs: int = 0
    _bytes: int = 0
    _in_flight: set[asyncio.Task[None]] = field(default_factory=set)
    _timer: asyncio.TimerHandle | None = None

    async def buy(self, services: Services, job: Job, batch: Batch, chunks: Sequence[tuple[UUID, str]]) -> list[Batch]:
        """Buy and store one batch, whose chunks (id, text) these are, in a call with others or alone.

        Returns nothing more to buy, or the halves of a batch that the provider finds too large. Raises what keeps this
        batch from being bought; what is wrong with a batch of another job is no concern of this one.
        """
        ids, texts = [chunk for chunk, _ in chunks], [text for _, text in chunks]
        # Whose last request failed goes alone, so that nobody else fails by what may be wrong with it.
        alone = job.attempts_in_row > 0
        size = sum(len(text.encode()) for text in texts)
        part = _Part(job, batch, ids, texts, size, asyncio.get_running_loop().create_future(), alone)
        with traces.span("embedding batch", inputs=len(ids)) as part.span:
            return await self._bought(services, part)

    async def _bought(self, services: Services, part: _Part) -> list[Batch]:
        self._wait(part)
        self._look(services)
        try:
            return await part.bought
        except asyncio.CancelledError:
            await _withdraw(part)
            raise

    def _wait(self, part: _Part, *, first: bool = False) -> None:
        self._inputs += len(part.texts)
        self._bytes += part.size_bytes
        if first:
            self._waiting.appendleft(part)
        else:
            self._waiting.append(part)

    def _look(self, services: Services, *, lingered: bool = False) -> None:
        """Send what fills a request, and what has lingered, as long as the limit of requests in flight allows."""
        limits = services.settings.embed
        while self._returning and len(self._in_flight) < limits.batches_in_flight:
            self._send(services, self._returning.popleft())
        while self._waiting and len(self._in_flight) < limits.batches_in_flight:
            fills_one = self._inputs >= limits.batch_inputs or self._bytes >= limits.batch_tokens
            if not (fills_one or lingered or self._waiting[0].alone):
                self._linger(services)
                return
            if parts := self._take(limits):
                self._send(services, _Request(parts))
            lingered = False

    def _take(self, limits: EmbedSettings) -> list[_Part]:
        """Take what the next request is to hold: of one model, in the order of waiting, until nothing more fits."""
        taken: list[_Part] = []
        kept: list[_Part] = []
        inputs = size = 0
        while self._waiting:
            part = self._waiting[0]
            fits = inputs + len(part.texts) <= limits.batch_inputs and size + part.size_bytes <= limits.batch_tokens
            if taken and (not fits or taken[0].alone):
                break
            self._waiting.popleft()
            if taken and (part.alone or part.model != taken[0].model):
                kept.append(part)
                continue
            self._inputs -= len(part.texts)
            self._bytes -= part.size_bytes
            if not part.bought.done():
                taken.append(part)
                inputs, size = inputs + len(part.texts), size + part.size_bytes
        self._waiting.extendleft(reversed(kept))
        return taken

    def _linger(self, services: Services) -> None:
        if self._timer is None:
            seconds = _LINGER_BUSY_SECONDS if self._in_flight else _LINGER_IDLE_SECONDS
            self._timer = asyncio.get_running_loop().call_later(seconds, self._after_linger, services)

    def _after_linger(self, services: Services) -> None:
        self._timer = None
        self._look(services, lingered=True)

    def _send(self, services: Services, request: _Request) -> None:
        with shared_call([part.job for part in request.parts]):
            request.task = asyncio.create_task(self._carry_out(services, request))
        for part in request.parts:
            part.request = request
        self._in_flight.add(request.task)

        def ended(task: asyncio.Task[None]) -> None:
            self._in_flight.discard(task)
            self._look(services)

        request.task.add_done_callback(ended)

    async def _carry_out(self, services: Services, request: _Request) -> None:
        failed = request.repeats.last_error
        try:
            with traces.shared_span("embedding request", [part.span for part in request.parts]):
                await self._buy(services, request)
        except GateClosedError as closed:
            for part in request.parts:
                part.fail(
                    failed
                    or GateClosedError(
                        closed.code, closed.due_in_seconds, provider=closed.provider, tokens=part.estimate
                    )
                )
        except WorkerStoppingError as stopping:
            for part in request.parts:
                part.fail(failed or stopping)
        except Exception as error:  # noqa: BLE001 - it is each job's own to settle
            for part in request.parts:
                part.fail(error)
        finally:
            for part in request.parts:
                if part.request is request:
                    part.fail(LeaseLostError())

    async def _buy(self, services: Services, request: _Request) -> None:
        failpoint("embed.before_intent")
        call_ids = await _intend(services, request.parts)
        going = [part for part in request.parts if part.batch.call_key in call_ids]
        if not going:
            return
        model, _ = going[0].model
        if len(going) > 1:
            _tell_each(going)
        request.repeats.begin()
        _count_fill(services.settings.embed, going)
        try:
            async with services.embed_gate.watched():
                bought = await services.embedder.embed(
                    [text for part in going for text in part.texts],
                    model=model,
                    dimensions=services.settings.embed.dimensions,
                )
        except AccessaError as error:
            is_noted = await ledger.note_failure(services.database, list(call_ids.values()), error)
            if not (is_noted and self._repeat(services, request, call_ids, error)):
                await self._take_refusal(services, going, error)
            return
        failpoint("embed.after_call_before_commit")
        request.stores = True
        await finished(_store(services, going, bought, call_ids))
        failpoint("embed.after_commit")
        for part in going:
            part.end([])

    def _repeat(self, services: Services, request: _Request, call_ids: dict[str, int], error: AccessaError) -> bool:
        """Let the same batches go out once more after a pause, during which others may have their place.

        False when the error is for their jobs to meet.
        """
        pause = None if services.stopping.is_set() else request.repeats.pause_after(error)
        if pause is None:
            return False
        again = _Request([part for part in request.parts if part.batch.call_key in call_ids], request.repeats)
        for part in again.parts:
            part.request, part.failed = again, FailedCall(call_ids[part.batch.call_key], error.code)
        asyncio.get_running_loop().call_later(pause, self._return, services, again)
        return True

    def _return(self, services: Services, request: _Request) -> None:
        request.parts = [part for part in request.parts if not part.bought.done()]
        if request.parts:
            self._returning.append(request)
            self._look(services)

    async def _take_refusal(self, services: Services, parts: Sequence[_Part], error: AccessaError) -> None:
        """Send the batches of a refused request again one by one; to the only one it means what it says."""
        if len(parts) == 1 and isinstance(error, RequestTooLargeError):
            [part] = parts
            part.end(await split_batch(part.job, services, part.batch, part.chunks))
        elif len(parts) > 1 and isinstance(error, RequestTooLargeError | PermanentError):
            for part in reversed(parts):
                part.alone, part.request = True, None
                self._wait(part, first=True)
        else:
            raise error


def _count_fill(limits: EmbedSettings, parts: Sequence[_Part]) -> None:
    inputs, size = sum(len(part.texts) for part in parts), sum(part.size_bytes for part in parts)
    EMBED_INPUTS.observe(inputs)
    EMBED_FILL.observe(max(inputs / limits.batch_inputs, size / limits.batch_tokens))


async def _intend(services: Services, parts: Sequence[_Part]) -> dict[str, int]:
    """Write the intents down and return their ledger rows by call key; who is kept out learns why."""
    purchases = [
        Purchase(part.job, work_of(part.job, services, part.batch, tokens=part.estimate), part.failed) for part in parts
    ]
    tokens = sum(part.estimate for part in parts)
    intent = await intend_purchases(services, services.embed_gate, purchases, tokens=tokens)
    for part in parts:
        part.failed = None
        if error := intent.kept_out.get(part.batch.call_key):
            part.fail(error)
    return intent.call_ids


async def _store(services: Services, parts: Sequence[_Part], bought: Embeddings, call_ids: dict[str, int]) -> None:
    rows = iter(vector_rows([chunk for part in parts for chunk in part.chunks], bought))
    batches = [
        PaidBatch(
            BoughtBatch(part.job, part.batch, list(islice(rows, len(part.chunks)))),
            call_ids[part.batch.call_key],
            part.size_bytes,
        )
        for part in parts
    ]
    estimate = sum(part.estimate for part in parts)

    async def store(effect: SharedEffect) -> set[UUID]:
        await store_bought(effect, services, batches, tokens=bought.tokens)
        unused = max(0, estimate - bought.tokens)
        await services.embed_gate.succeeded(effect.connection, bought.limits, tokens_unused=unused)
        failpoint("embed.before_commit")
        return set(effect.jobs)

    held = await services.shared_effect([part.job for part in parts], store, paid=True)
    count_bill(services, batches[0].bought.job, bought.tokens)
    for part in parts:
        if part.job.job_id not in held:
            part.fail(LeaseLostError())


def _tell_each(parts: Sequence[_Part]) -> None:
    for part in parts:
        log.info("A batch goes out in a shared call", **told_of(part.job), passages=len(part.texts))


async def _withdraw(part: _Part) -> None:
    """Take back a part that nobody waits for any more; what is paid for by now is stored all the same."""
    request = part.request
    if request is None or request.task is None or request.task.done():
        return
    if request.stores:
        await asyncio.wait({request.task})
    elif not request.is_wanted:
        request.task.cancel()
