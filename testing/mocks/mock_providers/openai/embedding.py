"""Serves embedding requests: faults and limits first, then encoding off the event loop, the bill, the answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from mock_providers.bill import Bill, BilledUnit
from mock_providers.control import Control
from mock_providers.openai import fault_kinds
from mock_providers.openai.answer import Item, answer_body
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.loading import Loading
from mock_providers.openai.models import Model, served_models
from mock_providers.openai.rate_limit import RateLimit
from mock_providers.openai.request import EmbeddingRequest, read_request
from mock_providers.settings import OpenAISettings

_MILLION = 1_000_000
Result = TypeVar("Result")


class EmbeddingService:
    """What stands behind `POST /v1/embeddings`. Use it from one event loop."""

    def __init__(self, settings: OpenAISettings, control: Control[DeskValues], bill: Bill, loading: Loading) -> None:
        self.models = served_models(settings.mode)
        self._max_inputs = settings.max_inputs
        self._control = control
        self._bill = bill
        self._loading = loading
        self._rate_limit = RateLimit()
        self._threads = ThreadPoolExecutor(settings.encoders, "encoding")

    async def serve(self, body: bytes, request_id: str) -> tuple[bytes, dict[str, str]]:
        """Return body and headers of the answer; raises `ApiError`."""
        number = self._control.count("embed")
        values = self._control.values
        self._play_refusal(number)
        request = await self._off_loop(lambda: self._read(body))
        headers = self._rate_limit.spend(sum(request.tokens), values.requests_per_minute, values.tokens_per_minute)
        await asyncio.sleep(values.delay + self._extra_delay(number))
        change = self._wrong_answer(number)
        return await self._off_loop(lambda: self._answer(request, change, request_id)), headers

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _play_refusal(self, number: int) -> None:
        kind = None
        if fault := self._control.fault("embed", number, fault_kinds.REFUSALS.keys()):
            kind = fault.kind
        elif self._control.fails("embed", number):
            kinds = fault_kinds.MENDED_BY_RETRY
            kind = kinds[int(self._control.draw("failure kind", number) * len(kinds))]
        if kind is not None:
            refusal = fault_kinds.REFUSALS[kind]()
            raise refusal

    def _extra_delay(self, number: int) -> float:
        fault = self._control.fault("embed", number, fault_kinds.DELAYS)
        return fault.number(0) if fault else 0.0

    def _wrong_answer(self, number: int) -> fault_kinds.Change | None:
        fault = self._control.fault("embed", number, fault_kinds.WRONG_ANSWERS.keys())
        return fault_kinds.WRONG_ANSWERS[fault.kind] if fault else None

    async def _off_loop(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _read(self, body: bytes) -> EmbeddingRequest:
        self._loading.wait()
        return read_request(body, self.models, self._max_inputs, self._loading.tokenizer)

    def _answer(self, request: EmbeddingRequest, change: fault_kinds.Change | None, request_id: str) -> bytes:
        vectors = self._loading.encoder(request.model).encode(request.texts, request.dimensions)
        self._bill.add(units_of(request, request_id))
        items = [Item(index, vector) for index, vector in enumerate(vectors)]
        items = change(items) if change else items
        return answer_body(items, request.model.name, sum(request.tokens), request.encoding_format)


def units_of(request: EmbeddingRequest, request_id: str) -> list[BilledUnit]:
    """Return the bill: one unit per input; the key says model, dimensions and text."""
    model = request.model
    return [
        BilledUnit(
            kind="embed",
            unit_key=unit_key(model, request.dimensions, text),
            request_id=request_id,
            model=model.name,
            quantity=tokens,
            unit="tokens",
            cost_usd=tokens * model.usd_per_million_tokens / _MILLION,
        )
        for text, tokens in zip(request.texts, request.tokens, strict=True)
    ]


def unit_key(model: Model, dimensions: int, text: str) -> str:
    """Return the stable key of one embedded input: SHA-256 of model, dimensions and text, one line each."""
    parts = f"{model.name}\n{dimensions}\n{text}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
