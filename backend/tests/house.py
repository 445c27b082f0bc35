"""The whole pipeline in one process: real Postgres, storage, simulators and API on ports, and a worker to command."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import jwt
import pytest
import pytest_asyncio
import uvicorn
from pydantic import SecretStr

from accessa.apps.api.app import create_app as create_api
from accessa.apps.storage.application import create_app as create_storage
from accessa.apps.worker.base_worker import BaseWorker
from accessa.domain.addresses import trust_for
from accessa.pipeline.services import Services, open_services
from accessa.settings import (
    ApiSettings,
    DatabaseSettings,
    EmbedSettings,
    OpenAISettings,
    ParseSettings,
    ProviderSettings,
    Settings,
    StorageSettings,
    WorkerSettings,
    load_settings,
)
from mock_providers.llamaparse.app import create_app as create_llamaparse
from mock_providers.openai.app import create_app as create_openai
from mock_providers.settings import LlamaParseSettings as MockLlamaParseSettings
from mock_providers.settings import OpenAISettings as MockOpenAISettings

JWT_SECRET = "a-secret-of-the-tests-of-at-least-32-bytes"
SERVICE_KEY = jwt.encode({"role": "service_role"}, JWT_SECRET, algorithm="HS256")
WEBHOOK_SECRET = "webhook-secret-of-the-tests"
PATIENCE_SECONDS = 60
# Each look is a whole request; more of them would take the processor from the work that is waited for.
LOOK_SECONDS = 0.05


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free loopback port in a thread and yield its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none", loop="asyncio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


@dataclass(frozen=True)
class Outside:
    """Addresses of what is outside the product, and a control to each simulator."""

    storage: str
    llamaparse: str
    openai: str


@pytest.fixture(scope="session")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """Storage and both simulators, served for the session; parsing takes no time and reads the real files."""
    folder = tmp_path_factory.mktemp("outside")
    parser = MockLlamaParseSettings(delay=0, mode="document", data_dir=folder / "llamaparse")
    embedder = MockOpenAISettings(data_dir=folder / "openai")
    with (
        served(create_storage(root=folder / "storage", jwt_secret=JWT_SECRET)) as storage,
        served(create_llamaparse(parser)) as llamaparse,
        served(create_openai(embedder)) as openai,
    ):
        yield Outside(storage, llamaparse, openai)


class House:
    """One test's own database and API, and what a user and an operator do with them."""

    def __init__(self, settings: Settings, api: httpx.AsyncClient, outside: Outside) -> None:
        """Keep the address of everything."""
        self.settings = settings
        self.api = api
        self.outside = outside

    def with_settings(self, **groups: dict[str, Any]) -> House:
        """Return this house under other settings: `group={name: value}`; the API keeps its own."""
        changed = {name: getattr(self.settings, name).model_copy(update=values) for name, values in groups.items()}
        return House(self.settings.model_copy(update=changed), self.api, self.outside)

    def seen_with(self, api: httpx.AsyncClient) -> House:
        """Return the same house as the user of another client sees it."""
        return House(self.settings, api, self.outside)

    @asynccontextmanager
    async def worker(self, **changes: Any) -> AsyncIterator[BaseWorker]:
        """Run a worker while the block lasts; `changes` are settings of its group."""
        group = self.settings.worker.model_copy(update=changes)
        async with open_services(self.settings.model_copy(update={"worker": group}), "test-worker") as services:
            worker = BaseWorker(services)
            task = asyncio.create_task(worker.process_jobs_continuously())
            try:
                yield worker
            finally:
                worker.stop()
                await task

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        """Lend the services of the pipeline."""
        async with open_services(self.settings, "test-services") as services:
            yield services

    async def upload(self, content: bytes, filename: str) -> dict[str, Any]:
        """Upload a file and return the answer."""
        response = await self.api.post("/documents", files={"file": (filename, content)})
        assert response.status_code in {200, 202}, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def job(self, subject: str) -> dict[str, Any]:
        """Return a job as its user sees it."""
        answer: dict[str, Any] = (await self.api.get(f"/jobs/{subject}")).json()
        return answer

    async def events(self, subject: str) -> list[dict[str, Any]]:
        """Return what happened to a job."""
        events: list[dict[str, Any]] = (await self.api.get(f"/jobs/{subject}/events")).json()["events"]
        return events

    async def ended(self, subject: str) -> dict[str, Any]:
        """Wait until a job has ended and return it."""
        return await self.until(subject, lambda job: job["completed_at"] is not None)

    async def until(self, subject: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until something is so about a job."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so(job := await self.job(subject)):
                await asyncio.sleep(LOOK_SECONDS)
        return job

    async def until_ready(self) -> None:
        """Wait until the API answers and the buckets exist."""
        await _buckets_exist(self.api)

    async def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """Run a query on the test's database."""
        connection = await asyncpg.connect(self.settings.database.url.get_secret_value())
        try:
            rows: list[Any] = await connection.fetch(sql, *arguments)
        finally:
            await connection.close()
        return rows

    async def bill(self, simulator: str) -> list[dict[str, Any]]:
        """Return what a simulator (`llamaparse`, `openai`) has billed since its start."""
        async with httpx.AsyncClient(
            base_url=getattr(self.outside, simulator), verify=trust_for(getattr(self.outside, simulator))
        ) as client:
            body = (await client.get("/_control/bill")).json()
        rows: list[dict[str, Any]] = body["rows"] if isinstance(body, dict) else body
        return rows


def test_settings(database_url: str, outside: Outside, public_url: str) -> Settings:
    """Return the settings of the house: quick polls, short leases, the lexical model."""
    return load_settings().model_copy(
        update={
            "database": DatabaseSettings(url=SecretStr(database_url), pool_size=6),
            "storage": StorageSettings(url=outside.storage, service_role_key=SecretStr(SERVICE_KEY)),
            "parse": ParseSettings(
                base_url=outside.llamaparse,
                api_key=SecretStr("llx-test"),
                webhook_secret=SecretStr(WEBHOOK_SECRET),
                poll_seconds=0.5,
            ),
            "openai": OpenAISettings(base_url=f"{outside.openai}/v1", api_key=SecretStr("sk-test")),
            "embed": EmbedSettings(batch_inputs=8),
            "provider": ProviderSettings(failures_to_open=1000, open_seconds=0.1, refused_seconds=0.2),
            "worker": WorkerSettings(poll_seconds=0.1, backoff_seconds=0.05, lease_seconds=20),
            "api": ApiSettings(public_url=public_url),
        }
    )


test_settings.__test__ = False  # type: ignore[attr-defined]


@asynccontextmanager
async def _served_beside(app: Any) -> AsyncIterator[str]:
    """Serve an app whose answers need this event loop, which therefore must not be held up by waiting for the end."""
    with ExitStack() as stack:
        yield stack.enter_context(served(app))
        await asyncio.to_thread(stack.close)


@asynccontextmanager
async def opened_house(database_url: str, outside: Outside) -> AsyncIterator[House]:
    """Put the API in front of a database; no worker runs yet."""
    # The API has to know its own address for webhooks before it is served, so a relay stands in front of it.
    relay = _Relay()
    async with _served_beside(relay) as address:
        settings = test_settings(database_url, outside, address)
        relay.app = create_api(settings)
        async with relay.app.router.lifespan_context(relay.app):
            headers = {"X-User-Id": str(uuid4())}
            async with httpx.AsyncClient(
                base_url=address, headers=headers, timeout=30, verify=trust_for(address)
            ) as api:
                await _buckets_exist(api)
                yield House(settings, api, outside)


@pytest.fixture
async def house(database_url: str, outside: Outside) -> AsyncIterator[House]:
    """A house of the test's own, with a fresh database."""
    async with opened_house(database_url, outside) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_house(shared_database_url: str, outside: Outside) -> AsyncIterator[House]:
    """One house for all tests of a module, which run on the module's event loop."""
    async with opened_house(shared_database_url, outside) as opened:
        yield opened


class _Relay:
    """An ASGI app that hands each request to the app put into it, on that app's own event loop."""

    app: Any = None

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        server_loop = asyncio.get_running_loop()

        async def receive_there() -> Any:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(receive(), server_loop))

        async def send_there(message: Any) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(send(message), server_loop))

        call = self.app(scope, receive_there, send_there)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call, self._loop))


async def _buckets_exist(api: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await api.get("/ready")).json()["checks"]["storage"] != "ok":
            await asyncio.sleep(0.02)
