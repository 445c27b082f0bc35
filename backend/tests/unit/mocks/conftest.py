"""Both simulators in-process, and small files to upload."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from reportlab.pdfgen import canvas
from starlette.types import ASGIApp

from mock_providers.llamaparse.app import create_app as create_llamaparse
from mock_providers.openai.app import create_app as create_openai
from mock_providers.settings import LlamaParseSettings, OpenAISettings

KEY = {"Authorization": "Bearer llx-test"}
DEADLINE = 20.0

Start = Callable[..., Awaitable[httpx.AsyncClient]]


class ParseClient:
    """The few calls that most tests of the LlamaParse simulator make."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def upload(self, content: bytes, **fields: str) -> str:
        """Store a file and return its id."""
        form = {"purpose": "parse", **fields}
        answer = await self.http.post("/api/v1/beta/files", data=form, files={"file": ("a.pdf", content)})
        return str(answer.raise_for_status().json()["id"])

    async def submit(self, file_id: str, **options: Any) -> dict[str, Any]:
        """Submit a job and return its flat view."""
        body = {"file_id": file_id, "tier": "agentic", "version": "latest", **options}
        answer = await self.http.post("/api/v2/parse", json=body)
        job: dict[str, Any] = answer.raise_for_status().json()
        return job

    async def finished(self, job_id: str, expand: str = "usage") -> dict[str, Any]:
        """Wait until a job is terminal and return its wrapped view."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            answer = await self.http.get(f"/api/v2/parse/{job_id}", params={"expand": "usage"})
            if answer.json()["job"]["status"] not in {"PENDING", "RUNNING"}:
                wrapped = await self.http.get(f"/api/v2/parse/{job_id}", params={"expand": expand})
                return dict(wrapped.json())
            await asyncio.sleep(0.01)
        raise AssertionError(f"job {job_id} did not finish")

    async def parse(self, content: bytes, expand: str = "usage", **options: Any) -> dict[str, Any]:
        """Upload, submit and wait."""
        job = await self.submit(await self.upload(content), **options)
        return await self.finished(job["id"], expand)

    async def bill(self) -> dict[str, Any]:
        """Return the sums of the bill."""
        return dict((await self.http.get("/_control/bill")).json()["summary"])


@pytest.fixture
async def running() -> AsyncIterator[Callable[[ASGIApp], Awaitable[httpx.AsyncClient]]]:
    """Run an app with its lifespan and give a client of it."""
    async with AsyncExitStack() as stack:

        async def run(app: ASGIApp) -> httpx.AsyncClient:
            await stack.enter_async_context(LifespanManager(app))
            transport = httpx.ASGITransport(app=app)
            client = httpx.AsyncClient(transport=transport, base_url="http://mock", headers=KEY)
            return await stack.enter_async_context(client)

        yield run


@pytest.fixture
def llamaparse(
    tmp_path: Path, running: Callable[[ASGIApp], Awaitable[httpx.AsyncClient]]
) -> Callable[..., Awaitable[ParseClient]]:
    """Start a LlamaParse simulator with the given settings; no delay unless one is given."""

    async def start(**settings: Any) -> ParseClient:
        chosen = LlamaParseSettings(**{"data_dir": tmp_path, "delay": 0, **settings})
        return ParseClient(await running(create_llamaparse(chosen)))

    return start


@pytest.fixture
def openai(tmp_path: Path, running: Callable[[ASGIApp], Awaitable[httpx.AsyncClient]]) -> Start:
    """Start an OpenAI simulator with the given settings."""

    async def start(**settings: Any) -> httpx.AsyncClient:
        return await running(create_openai(OpenAISettings(**{"data_dir": tmp_path, **settings})))

    return start


@pytest.fixture
def pdf() -> Callable[..., bytes]:
    """Make a PDF: one page per text, an outline entry per title of `outline` (page, level, title)."""

    def make(*pages: str, outline: tuple[tuple[int, int, str], ...] = (), encrypt: str | None = None) -> bytes:
        target = io.BytesIO()
        sheet = canvas.Canvas(target, encrypt=encrypt)
        for number, text in enumerate(pages, start=1):
            sheet.bookmarkPage(f"page-{number}")
            for place, line in enumerate(text.splitlines()):
                size = 20 if line.startswith("# ") else 11
                sheet.setFont("Helvetica-Bold" if size > 11 else "Helvetica", size)
                sheet.drawString(60, 780 - 30 * place, line.removeprefix("# "))
            sheet.showPage()
        for number, level, title in outline:
            sheet.addOutlineEntry(title, f"page-{number}", level)
        sheet.save()
        return target.getvalue()

    return make
