"""The calls of the paid tests, made by the product's own clients: each operation once, and refusals, which are free."""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from reportlab.pdfgen.canvas import Canvas

from accessa.domain.errors import AccessaError
from accessa.providers.llamaparse import LlamaParseClient, ParseOptions, ParseResult, ParseState, WebhookTarget
from accessa.providers.openai import Embeddings, OpenAIClient, embedding_body
from accessa.providers.openai_batches import BatchState
from real_apis.consent import Account
from real_apis.metered_transport import MeteredTransport

MODEL = "text-embedding-3-small"
DIMENSIONS = 1536
SENTENCES = ("The keeper of Larkfield lighthouse counts seven lamps.", "Nobody insures a lamp against fog.")
PRIVATE_WORDS = ("Larkfield", "lighthouse", "against fog")
"""What is sent as text; none of it may stand in a recording."""

_TIMEOUT_SECONDS = 60
_MOST_LOOKS = 300
_ONE_PAGE = ParseOptions("cost_effective", "latest", 1)
_CHEAPEST = ParseOptions("fast", "latest", 1)
_NO_TIER = ParseOptions("no-such-tier", "latest", 1)
# A name that is kept for examples: the service has to accept it, and nobody is called.
_WEBHOOK_URL = "https://example.com/accessa-contract-test"
_WRONG_KEY = "a-key-that-opens-nothing"

Pause = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Visit:
    """An account that is called through a metered transport; `pause` comes between two looks at the same thing."""

    account: Account
    transport: MeteredTransport
    pause: Pause

    def parser(self, key: str | None = None) -> LlamaParseClient:
        """Return the product's client of the parse provider."""
        return LlamaParseClient(
            self.account.base_url,
            key or self.account.key,
            timeout_seconds=_TIMEOUT_SECONDS,
            transport=self.transport,
        )

    def embedder(self, key: str | None = None) -> OpenAIClient:
        """Return the product's client of the embedding provider."""
        return OpenAIClient(
            self.account.base_url,
            key or self.account.key,
            timeout_seconds=_TIMEOUT_SECONDS,
            transport=self.transport,
        )


async def walk_parse(visit: Visit) -> ParseResult:
    """Parse one page, cancel the parse of another, and be refused; return the result of the page."""
    webhook = WebhookTarget(_WEBHOOK_URL, secrets.token_hex(16), secrets.token_hex(16))
    client = visit.parser()
    await client.check_access()
    file_id = await _upload(client)
    result = await _until_ended(client, await client.submit(file_id, _ONE_PAGE, webhook), visit.pause)
    doomed = await client.submit(await _upload(client), _CHEAPEST, webhook)
    await _refused(client.cancel(doomed))  # by then it may have ended
    await _refused(client.fetch(f"pjb-{uuid4()}"))
    await _refused(client.submit(file_id, _NO_TIER, webhook))
    await _refused(visit.parser(_WRONG_KEY).check_access())
    return result


async def walk_embeddings(visit: Visit) -> Embeddings:
    """Embed two short sentences and be refused; return their vectors."""
    client = visit.embedder()
    await client.check_access(MODEL)
    embeddings = await client.embed(SENTENCES, model=MODEL, dimensions=DIMENSIONS)
    await _refused(client.check_access("no-such-model"))
    await _refused(client.embed([""], model=MODEL, dimensions=DIMENSIONS))
    await _refused(visit.embedder(_WRONG_KEY).check_access(MODEL))
    return embeddings


async def walk_batch(visit: Visit) -> BatchState:
    """Order a batch of one short request, find it again and cancel it; return what became of it."""
    client = visit.embedder()
    key, ordered = str(uuid4()), time.time()
    line = {
        "custom_id": key,
        "method": "POST",
        "url": "/v1/embeddings",
        "body": embedding_body(SENTENCES[:1], model=MODEL, dimensions=DIMENSIONS),
    }
    file_id = await _in_file(json.dumps(line).encode(), partial(client.upload_requests, key=key))
    batch_id = await client.create_batch(file_id, key=key)
    if await client.find_batch(key, since=ordered - 60) != batch_id:
        raise LookupError("The batch that was just ordered is not in the list under its key.")
    await client.look_at_batch(batch_id)
    await _refused(client.cancel_batch(batch_id))
    return await client.look_at_batch(batch_id)


def one_page() -> bytes:
    """Return a PDF of one page that no cache has seen: the same bytes again would not be parsed again."""
    target = io.BytesIO()
    sheet = Canvas(target)
    for place, text in enumerate((*SENTENCES, f"Copy {uuid4()}.")):
        sheet.drawString(72, 720 - 24 * place, text)
    sheet.save()
    return target.getvalue()


async def _upload(client: LlamaParseClient) -> str:
    async def send(path: Path) -> str:
        return await client.upload_file(path, external_id=str(uuid4()), extension="pdf", mime="application/pdf")

    return await _in_file(one_page(), send)


async def _in_file(content: bytes, send: Callable[[Path], Awaitable[str]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        await asyncio.to_thread(path.write_bytes, content)
        return await send(path)


async def _until_ended(client: LlamaParseClient, job_id: str, pause: Pause) -> ParseResult:
    for _ in range(_MOST_LOOKS):
        result = await client.fetch(job_id)
        if result.state not in {ParseState.PENDING, ParseState.RUNNING}:
            return result
        await pause()
    raise TimeoutError("The parse of one page did not end.")


async def _refused(call: Awaitable[object]) -> None:
    with suppress(AccessaError):
        await call
