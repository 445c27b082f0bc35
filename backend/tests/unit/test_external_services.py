"""The clients of the paid providers against their simulators: what is bought, and what every refusal becomes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp

from accessa.domain.errors import (
    AccessaError,
    PermanentError,
    RecoverableError,
    RequestTooLargeError,
    TransientError,
)
from accessa.providers.llamaparse import LlamaParseClient, ParseOptions, ParseResult, ParseState, WebhookTarget
from accessa.providers.openai import Embeddings, OpenAIClient
from mock_providers.llamaparse.app import create_app as create_llamaparse
from mock_providers.llamaparse.failures import Reason
from mock_providers.openai import fault_kinds as embed_faults
from mock_providers.openai.app import create_app as create_openai
from mock_providers.settings import LlamaParseSettings, OpenAISettings

DOCUMENT = "11111111-1111-4111-8111-111111111111"
OPTIONS = ParseOptions("cost_effective", "latest", 3000)
# Nothing listens there, and the simulator is told not to try again.
HOOK = WebhookTarget("http://127.0.0.1:9/webhooks/llamaparse/x", "webhook-secret", "token-of-the-address")
SMALL = "text-embedding-3-small"
DEADLINE_SECONDS = 20

Kind = type[AccessaError]


class Parser:
    """The client of a running LlamaParse simulator, the simulator's control desk, and a file to send."""

    def __init__(self, client: LlamaParseClient, desk: httpx.AsyncClient, file: Path) -> None:
        self.client = client
        self.desk = desk
        self.file = file

    async def upload(self) -> str:
        """Upload the file and return the provider's id of it."""
        return await self.client.upload_file(self.file, external_id=DOCUMENT, extension="pdf", mime="application/pdf")

    async def submit(self, options: ParseOptions = OPTIONS) -> str:
        """Upload and submit the file; return the provider's job id."""
        return await self.client.submit(await self.upload(), options, HOOK)

    async def parse(self) -> ParseResult:
        """Upload and submit the file, and wait until its parse has ended."""
        job_id = await self.submit()
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (result := await self.client.fetch(job_id)).state in {ParseState.PENDING, ParseState.RUNNING}:
                await asyncio.sleep(0.01)
        return result


class Embedder:
    """The client of a running OpenAI simulator, and the simulator's control desk."""

    def __init__(self, client: OpenAIClient, desk: httpx.AsyncClient) -> None:
        self.client = client
        self.desk = desk

    async def embed(self, *texts: str, model: str = SMALL, dimensions: int = 1536) -> Embeddings:
        """Embed texts, with the small model unless another is named."""
        return await self.client.embed(texts, model=model, dimensions=dimensions)


Served = Callable[[ASGIApp], Awaitable[httpx.ASGITransport]]
StartParser = Callable[..., Awaitable[Parser]]
StartEmbedder = Callable[..., Awaitable[Embedder]]


@pytest.fixture
async def served() -> AsyncIterator[tuple[AsyncExitStack, Served]]:
    """Run apps with their lifespans until the test ends."""
    async with AsyncExitStack() as stack:

        async def run(app: ASGIApp) -> httpx.ASGITransport:
            await stack.enter_async_context(LifespanManager(app))
            return httpx.ASGITransport(app)

        yield stack, run


async def desk_of(
    stack: AsyncExitStack, transport: httpx.ASGITransport, faults: list[dict[str, Any]]
) -> httpx.AsyncClient:
    """Return a client of a simulator's own routes, with the faults set."""
    desk = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://simulator"))
    (await desk.patch("/_control", json={"faults": faults})).raise_for_status()
    return desk


@pytest.fixture
def parser(served: tuple[AsyncExitStack, Served], tmp_path: Path) -> StartParser:
    """Start a LlamaParse simulator and its client; generated pages, no delay, the given faults and settings."""
    stack, run = served
    file = tmp_path / "private name.pdf"
    file.write_bytes(b"%PDF-1.4")

    async def start(*faults: dict[str, Any], key: str = "llx-test", **settings: Any) -> Parser:
        chosen: dict[str, Any] = {"data_dir": tmp_path, "delay": 0, "webhook_retry_waits": (), "api_key": "llx-test"}
        transport = await run(create_llamaparse(LlamaParseSettings(**{**chosen, **settings})))
        client = LlamaParseClient("http://simulator/", key, timeout_seconds=10, transport=transport)
        return Parser(await stack.enter_async_context(client), await desk_of(stack, transport, list(faults)), file)

    return start


@pytest.fixture
def embedder(served: tuple[AsyncExitStack, Served], tmp_path: Path) -> StartEmbedder:
    """Start an OpenAI simulator and its client, with the given faults and settings."""
    stack, run = served

    async def start(*faults: dict[str, Any], key: str = "sk-test", **settings: Any) -> Embedder:
        chosen: dict[str, Any] = {"data_dir": tmp_path, "api_key": "sk-test"}
        transport = await run(create_openai(OpenAISettings(**{**chosen, **settings})))
        client = OpenAIClient("http://simulator/v1/", key, timeout_seconds=10, transport=transport)
        return Embedder(await stack.enter_async_context(client), await desk_of(stack, transport, list(faults)))

    return start


async def refusal(call: Awaitable[object]) -> tuple[Kind, str, int | None, float | None]:
    """Return class, code, provider's status and pause of the error that a call ends in."""
    with pytest.raises(AccessaError) as caught:
        await call
    error = caught.value
    return type(error), error.code, error.provider_status, error.retry_after_seconds


async def test_a_file_is_parsed(parser: StartParser) -> None:
    """A file is uploaded, submitted and fetched: pages in order from 1, and the credits that were billed."""
    house = await parser(pages=3)

    result = await house.parse()

    assert (ParseState.COMPLETED, None, 9.0) == (result.state, result.failure, result.credits)
    assert [1, 2, 3] == [page.number for page in result.pages]
    assert DOCUMENT in result.pages[0].markdown
    assert [None] * 3 == [page.error for page in result.pages]


async def test_the_name_of_a_file_is_not_told(parser: StartParser) -> None:
    """The provider knows a document by its id alone; what its user called it stays here."""
    house = await parser()
    await house.upload()

    listed = await house.desk.get("/api/v1/beta/files", headers={"Authorization": "Bearer llx-test"})

    item = listed.json()["items"][0]
    assert (f"{DOCUMENT}.pdf", DOCUMENT, "parse") == (item["name"], item["external_file_id"], item["purpose"])


async def test_a_parse_under_way_is_told_as_that(parser: StartParser) -> None:
    """Looking at a parse that is not done yet is no error, and its result is not asked for."""
    house = await parser(delay=3600)

    result = await house.client.fetch(await house.submit())

    assert (ParseResult(ParseState.PENDING), ParseResult(ParseState.RUNNING)).count(result)


async def test_a_cancelled_parse_has_failed(parser: StartParser) -> None:
    """Our own request to stop ends the parse, and its result says so."""
    house = await parser(delay=3600)
    job_id = await house.submit()

    await house.client.cancel(job_id)

    result = await house.client.fetch(job_id)
    assert ParseState.CANCELLED is result.state
    assert isinstance(result.failure, PermanentError)
    assert ("PARSE_FAILED", ()) == (result.failure.code, result.pages)


async def test_a_page_that_failed_is_told_beside_the_others(parser: StartParser) -> None:
    """One bad page does not hide the good ones, carries no text, and is not billed."""
    house = await parser({"kind": "fail_page", "value": 2}, pages=30)

    result = await house.parse()

    failed = [(page.number, page.markdown) for page in result.pages if page.error]
    assert (ParseState.COMPLETED, [(2, "")], 87.0) == (result.state, failed, result.credits)
    assert all(page.markdown for page in result.pages if not page.error)


REASONS: dict[Reason, tuple[Kind, str]] = {
    Reason.UNSUPPORTED_FILE_TYPE: (PermanentError, "UNSUPPORTED_TYPE"),
    Reason.PDF_IS_PROTECTED: (PermanentError, "FILE_PROTECTED"),
    Reason.PDF_IS_BROKEN: (PermanentError, "FILE_BROKEN"),
    Reason.NO_DATA_FOUND_IN_FILE: (PermanentError, "NEEDS_OCR"),
    Reason.DOCUMENT_TOO_LARGE: (PermanentError, "FILE_TOO_LARGE"),
    Reason.TOO_MANY_PAGES: (PermanentError, "TOO_MANY_PAGES"),
    Reason.TIMEOUT: (TransientError, "PARSE_TIMEOUT"),
    Reason.EXPIRED: (TransientError, "PARSE_TIMEOUT"),
    Reason.ERROR_DURING_PROCESSING: (TransientError, "PARSE_FAILED"),
}


@pytest.mark.parametrize("reason", Reason)
async def test_each_reason_of_a_failed_parse_has_its_meaning(parser: StartParser, reason: Reason) -> None:
    """A fact about the document ends the job under its own code; what may pass is tried again."""
    house = await parser({"kind": "fail_job", "value": reason})

    result = await house.parse()

    failure = result.failure
    assert failure is not None
    assert (ParseState.FAILED, REASONS[reason]) == (result.state, (type(failure), failure.code))
    assert str(failure.provider_body).startswith(reason)


PARSER_CALLS: dict[str, Callable[[Parser], Awaitable[object]]] = {
    "upload": lambda house: house.upload(),
    "submit": lambda house: house.client.submit("dfl-unknown", OPTIONS, HOOK),
    "fetch": lambda house: house.client.fetch("pjb-unknown"),
    "cancel": lambda house: house.client.cancel("pjb-unknown"),
}


@pytest.mark.parametrize("call", PARSER_CALLS)
async def test_a_wrong_parse_key_is_waited_out(parser: StartParser, call: str) -> None:
    """A key that is refused, by whichever call, stops no document for good: an operator can mend it."""
    house = await parser(key="llx-wrong")

    assert (RecoverableError, "PARSE_REJECTED_KEY", 401, None) == await refusal(PARSER_CALLS[call](house))


@pytest.mark.parametrize("call", ["submit", "fetch", "cancel"])
async def test_what_the_parse_provider_has_forgotten_is_asked_for_again(parser: StartParser, call: str) -> None:
    """An unknown file or job, as after the provider's 48 hours, is a failure that a new try mends."""
    house = await parser()

    assert (TransientError, "PARSE_FAILED", 404, None) == await refusal(PARSER_CALLS[call](house))


@pytest.mark.parametrize("options", [("turbo", "latest", 1), ("agentic", "newest", 1), ("agentic", "latest", 0)])
async def test_options_that_the_provider_refuses(parser: StartParser, options: tuple[str, str, int]) -> None:
    """A request that is wrong stays wrong: it is not repeated."""
    house = await parser()

    assert (PermanentError, "PARSE_FAILED", 422, None) == await refusal(house.submit(ParseOptions(*options)))


async def test_a_tier_without_markdown_is_refused(parser: StartParser) -> None:
    """The tier `fast` sells no Markdown, so its result can never be used."""
    house = await parser()
    job_id = await house.submit(ParseOptions("fast", "latest", 3000))

    async def look_until_done() -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                await house.client.fetch(job_id)
                await asyncio.sleep(0.01)

    assert (PermanentError, "PARSE_FAILED", 400, None) == await refusal(look_until_done())


@pytest.mark.parametrize(("content", "status"), [(b"", 400), (b"x" * 2_000_000, 413)])
async def test_files_that_the_provider_refuses(parser: StartParser, content: bytes, status: int) -> None:
    """An empty file, or one above the provider's limit, is not sent again."""
    house = await parser(max_file_bytes=1000)
    house.file.write_bytes(content)

    assert (PermanentError, "PARSE_FAILED", status, None) == await refusal(house.upload())


async def test_texts_are_embedded(embedder: StartEmbedder) -> None:
    """One row a text, in order, of length 1, as 32-bit floats, of the wanted dimension, with the billed tokens."""
    house = await embedder()

    both = await house.embed("the dental plan", "hospital stays abroad")
    alone = await house.embed("hospital stays abroad")

    assert ((2, 1536), "float32") == (both.matrix.shape, both.matrix.dtype.name)
    assert np.allclose(1, np.linalg.norm(both.matrix, axis=1), atol=1e-5)
    assert alone.matrix.tobytes() == both.matrix[1:].tobytes()
    assert 6 == both.tokens
    assert (1, 256) == (await house.embed("text", dimensions=256)).matrix.shape


async def test_an_answer_in_another_order_is_put_right(embedder: StartEmbedder) -> None:
    """Vectors belong to texts by their index, not by their place in the answer."""
    house = await embedder({"kind": "reordered", "nth": 1})

    reordered = await house.embed("one", "two", "three")

    assert (await house.embed("one", "two", "three")).matrix.tobytes() == reordered.matrix.tobytes()


HARMLESS = {"reordered", "missing_usage", "float_answer"}
WRONG_ANSWERS = embed_faults.WRONG_ANSWERS.keys() - HARMLESS


@pytest.mark.parametrize("kind", sorted(WRONG_ANSWERS))
async def test_no_wrong_answer_gets_in(embedder: StartEmbedder, kind: str) -> None:
    """Vectors that fail a check are refused as a whole, and asked for again."""
    house = await embedder({"kind": kind})

    assert (TransientError, "EMBED_BAD_RESPONSE", None, None) == await refusal(house.embed("one", "two"))


EMBED_REFUSALS: dict[str, tuple[Kind, str, int | None, float | None]] = {
    **dict.fromkeys(("rate_limit", "token_rate_limit"), (RecoverableError, "EMBED_RATE_LIMITED", 429, 1.0)),
    "quota": (RecoverableError, "EMBED_NO_CREDIT", 429, None),
    "slow_down": (RecoverableError, "EMBED_RATE_LIMITED", 429, None),
    "unauthorized": (RecoverableError, "EMBED_REJECTED_KEY", 401, None),
    "forbidden": (RecoverableError, "EMBED_REJECTED_KEY", 403, None),
    **dict.fromkeys(("input_too_long", "request_too_large"), (RequestTooLargeError, "EMBED_TOO_LARGE", 400, None)),
    "server_error": (TransientError, "EMBED_UNAVAILABLE", 500, None),
    "overloaded": (RecoverableError, "EMBED_UNAVAILABLE", 503, None),
}


@pytest.mark.parametrize("kind", sorted(embed_faults.REFUSALS))
async def test_each_refusal_of_an_embedding_has_its_meaning(embedder: StartEmbedder, kind: str) -> None:
    """A 429 about money is told apart from one about rate; the provider's pause is kept to the millisecond."""
    house = await embedder({"kind": kind})

    assert EMBED_REFUSALS[kind] == await refusal(house.embed("text"))


async def test_a_rate_limit_names_its_pause(embedder: StartEmbedder) -> None:
    """The pause is what the provider computes, here a minute for a second request."""
    house = await embedder(requests_per_minute=1)
    await house.embed("text")

    kind, code, status, pause = await refusal(house.embed("text"))

    assert (RecoverableError, "EMBED_RATE_LIMITED", 429) == (kind, code, status)
    assert pause == pytest.approx(60, abs=DEADLINE_SECONDS)


@pytest.mark.parametrize(
    ("texts", "wanted", "expected"),
    [
        (["a " * 9000], {}, (RequestTooLargeError, "EMBED_TOO_LARGE", 400, None)),
        (["a " * 8000] * 38, {}, (RequestTooLargeError, "EMBED_TOO_LARGE", 400, None)),
        (["a"] * 2049, {}, (PermanentError, "EMBED_REFUSED", 400, None)),
        ([""], {}, (PermanentError, "EMBED_REFUSED", 400, None)),
        (["a"], {"dimensions": 1537}, (PermanentError, "EMBED_REFUSED", 400, None)),
        (["a" * 1_000_000], {}, (RequestTooLargeError, "EMBED_TOO_LARGE", 413, None)),
        (["a"], {"model": "gpt"}, (RecoverableError, "EMBED_MODEL_UNKNOWN", 404, None)),
    ],
)
async def test_requests_that_the_provider_refuses(
    embedder: StartEmbedder, texts: list[str], wanted: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    """A request too large is told apart, as it is cut in two; an unknown model waits for a setting to be mended."""
    house = await embedder(max_body_bytes=900_000)

    assert expected == await refusal(house.embed(*texts, **wanted))


async def test_a_wrong_embedding_key_is_waited_out(embedder: StartEmbedder) -> None:
    """A key that is refused stops no document for good, and is not repeated in the error."""
    house = await embedder(key="sk-wrong-12345678")

    with pytest.raises(RecoverableError) as caught:
        await house.embed("text")

    assert ("EMBED_REJECTED_KEY", 401) == (caught.value.code, caught.value.provider_status)
    assert "12345678" not in str(caught.value.as_row())


def test_every_embedding_fault_is_tried_here() -> None:
    """A fault that the simulator learns gets its row in this file, unless it is one of the transport or of batches."""
    elsewhere = embed_faults.DELAYS | embed_faults.HANGS | embed_faults.BROKEN_ANSWERS | embed_faults.BATCH
    assert EMBED_REFUSALS.keys() | WRONG_ANSWERS | HARMLESS | elsewhere == embed_faults.ALL
