"""Serves embedding requests: faults and limits first, then encoding off the event loop, the bill, the answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi import Response

from mock_providers.bill import Bill, BilledUnit
from mock_providers.control import Control
from mock_providers.openai.answer import Answer, Item
from mock_providers.openai.calls import Calls
from mock_providers.openai.desk import DeskValues
from mock_providers.openai.errors import ApiError
from mock_providers.openai.loading import Loading
from mock_providers.openai.models import Model, served_models
from mock_providers.openai.rate_limit import RateLimit
from mock_providers.openai.request import EmbeddingRequest, read_request
from mock_providers.openai.subjects import Subjects
from mock_providers.openai.wrong_answers import WRONG_ANSWERS, Change
from mock_providers.settings import OpenAISettings

_MILLION = 1_000_000
Result = TypeVar("Result")


class EmbeddingService:
    """What stands behind `POST /v1/embeddings`. Use it from one event loop."""

    def __init__(
        self, settings: OpenAISettings, control: Control[DeskValues], bill: Bill, loading: Loading, calls: Calls
    ) -> None:
        self.models = served_models(settings.mode)
        self._control = control
        self._bill = bill
        self._loading = loading
        self._calls = calls
        self._rate_limit = RateLimit()
        self._threads = ThreadPoolExecutor(settings.encoders, "encoding")

    async def serve(self, body: bytes, request_id: str) -> Response:
        """Return the answer; raises `ApiError`."""
        request = await self._off_loop(lambda: self._read(body))
        subjects = Subjects(inputs=request.texts) if isinstance(request, EmbeddingRequest) else Subjects()

        async def answer(number: int) -> Response:
            if isinstance(request, ApiError):
                raise request
            return await self._serve(request, number, request_id)

        try:
            return await self._calls.serve("embed", subjects, answer)
        except ApiError as error:
            error.headers = self._rate_limit.headers() | error.headers
            raise

    async def serve_unbilled(self, body: bytes) -> Response:
        """Return the right answer, free of charge, faults and delays; raises `ApiError`."""
        request = await self._off_loop(lambda: self._read(body))
        if isinstance(request, ApiError):
            raise request
        answer = await self._off_loop(lambda: answer_of(request, self._loading).body())
        return Response(answer, media_type="application/json")

    def forget(self) -> None:
        """Forget what was spent of the rate limits."""
        self._rate_limit = RateLimit()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _serve(self, request: EmbeddingRequest, number: int, request_id: str) -> Response:
        values = self._control.values
        headers = self._rate_limit.spend(sum(request.tokens), values.requests_per_minute, values.tokens_per_minute)
        await asyncio.sleep(values.delay)
        change = wrong_answer(self._control, "embed", number, Subjects(["embed"], request.texts))
        body = await self._off_loop(lambda: self._answer(request, change, request_id))
        return Response(body, media_type="application/json", headers=headers)

    async def _off_loop(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _read(self, body: bytes) -> EmbeddingRequest | ApiError:
        self._loading.wait()
        try:
            return read_request(body, self.models, self._control.values, self._loading.tokenizer)
        except ApiError as error:
            return error

    def _answer(self, request: EmbeddingRequest, change: Callable[[Answer], Answer], request_id: str) -> bytes:
        answer = answer_of(request, self._loading)
        self._bill.add(units_of(request, request_id))
        return change(answer).body()


def wrong_answer(
    control: Control[DeskValues], name: str, number: int, subjects: Subjects
) -> Callable[[Answer], Answer]:
    """Return what a fault makes of the answer of this call, which mostly is nothing."""
    fault = control.fault(name, number, WRONG_ANSWERS.keys(), subjects)
    if fault is None:
        return lambda answer: answer
    change: Change = WRONG_ANSWERS[fault.kind]
    place = subjects.place(fault.document) or 0
    return lambda answer: change(answer, place)


def answer_of(request: EmbeddingRequest, loading: Loading) -> Answer:
    """Return the right answer; raises `ApiError` if the model could not be loaded."""
    vectors = loading.encoder(request.model).encode(request.texts, request.dimensions)
    items = [Item(index, vector) for index, vector in enumerate(vectors)]
    return Answer(items, request.model.name, sum(request.tokens), request.encoding_format)


def units_of(request: EmbeddingRequest, request_id: str, share: float = 1.0) -> list[BilledUnit]:
    """Return the bill at this share of the price: one unit per input; the key says model, dimensions and text."""
    model = request.model
    price = share * model.usd_per_million_tokens / _MILLION
    return [
        BilledUnit(
            kind="embed",
            unit_key=unit_key(model, request.dimensions, text),
            request_id=request_id,
            model=model.name,
            quantity=tokens,
            unit="tokens",
            cost_usd=tokens * price,
        )
        for text, tokens in zip(request.texts, request.tokens, strict=True)
    ]


def unit_key(model: Model, dimensions: int, text: str) -> str:
    """Return the stable key of one embedded input: SHA-256 of model, dimensions and text, one line each."""
    parts = f"{model.name}\n{dimensions}\n{text}"
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()
