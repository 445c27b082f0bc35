"""One OpenAI simulator for all tests of a module, as new for each: to build one takes longer than most tests do."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager

from mock_providers.openai.app import create_app
from mock_providers.settings import OpenAISettings


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """Run a simulator whose batches need no time."""
    app = create_app(OpenAISettings(data_dir=tmp_path_factory.mktemp("openai"), batch_delay=0))
    transport = httpx.ASGITransport(app=app)
    key = {"Authorization": "Bearer sk-test"}
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=transport, base_url="http://mock", headers=key) as http,
    ):
        yield http


@pytest_asyncio.fixture(loop_scope="module")
async def client(shared: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give the simulator of the module, emptied and without faults."""
    (await shared.post("/_control/reset")).raise_for_status()
    return shared
