"""What the simulators send in the walks of the paid tests, each started in this process for the purpose."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

import httpx
from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp

from accessa.domain.errors import AccessaError
from mock_providers.llamaparse.app import create_app as create_llamaparse
from mock_providers.openai.app import create_app as create_openai
from mock_providers.settings import LlamaParseSettings, OpenAISettings
from real_apis.budget import Budget
from real_apis.consent import Account
from real_apis.metered_transport import MeteredTransport
from real_apis.recordings import Recording, recording_of
from real_apis.tariff import Tariff
from real_apis.walks import Visit, walk_batch, walk_embeddings, walk_parse

_KEYS = {"llamaparse": "llx-key-of-a-simulator", "openai": "sk-key-of-a-simulator"}
_URLS = {"llamaparse": "http://llamaparse.test", "openai": "http://openai.test/v1"}
_LOOK_SECONDS = 0.02
_PARSE_SECONDS = 0.05
"""Long enough for a parse to be cancelled while it is at work, most of the time; one that has ended stays as it is."""

Walk = Callable[[Visit], Awaitable[object]]


async def record_simulators(folder: Path) -> list[Recording]:
    """Return what both simulators send; what a walk could not reach is missing."""
    parser = create_llamaparse(
        LlamaParseSettings(
            delay=_PARSE_SECONDS,
            mode="document",
            data_dir=folder,
            api_key=_KEYS["llamaparse"],
            webhook_retry_waits=(),
            webhook_timeout=_LOOK_SECONDS,
        )
    )
    embedder = create_openai(OpenAISettings(data_dir=folder, api_key=_KEYS["openai"]))
    found = await asyncio.gather(
        _record("llamaparse", parser, (walk_parse,)), _record("openai", embedder, (walk_embeddings, walk_batch))
    )
    return [recording for part in found for recording in part]


async def _record(kind: str, app: ASGIApp, walks: Sequence[Walk]) -> list[Recording]:
    async with _serving(app) as inner:
        transport = MeteredTransport(inner, Budget(Decimal(1)), Tariff())
        visit = Visit(Account(kind, _URLS[kind], _KEYS[kind]), transport, lambda: asyncio.sleep(_LOOK_SECONDS))
        for walk in walks:
            with suppress(AccessaError, LookupError):  # the rest of its operations is then told as missing
                await walk(visit)
    return [recording_of(exchange, kind, "a simulator of ours") for exchange in transport.exchanges.values()]


@asynccontextmanager
async def _serving(app: ASGIApp) -> AsyncIterator[httpx.AsyncBaseTransport]:
    logging.getLogger("mock_providers").setLevel(logging.CRITICAL)  # refusals are part of the walk
    async with LifespanManager(app) as manager:
        yield httpx.ASGITransport(manager.app)
