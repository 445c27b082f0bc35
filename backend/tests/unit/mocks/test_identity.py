"""The mark of a simulator, and the end of a connection, where no server stands before the app."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from mock_providers.llamaparse.app import create_app
from mock_providers.settings import LlamaParseSettings

KEY = {"Authorization": "Bearer any"}


async def statuses_and_marks(transport: httpx.ASGITransport, *paths: str) -> list[tuple[int, str | None]]:
    """Return status and mark of the answers of `paths`."""
    async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
        answers = [await client.get(path, headers=KEY) for path in paths]
    return [(answer.status_code, answer.headers.get("x-mock-provider")) for answer in answers]


async def test_every_answer_is_marked(tmp_path: Path) -> None:
    """Health, the control desk, an unknown path and even a crash say that a simulator answered."""
    app = create_app(LlamaParseSettings(data_dir=tmp_path))

    @app.get("/crash")
    async def crash() -> None:
        raise RuntimeError

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    found = await statuses_and_marks(transport, "/health", "/_control", "/unknown", "/crash")

    assert [(status, "mock-llamaparse") for status in (200, 200, 404, 500)] == found


async def test_a_cut_without_a_connection(tmp_path: Path) -> None:
    """Without a server there is nothing to close, and the client meets the system's own error instead."""
    app = create_app(LlamaParseSettings(data_dir=tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mock") as client:
        await client.patch("/_control", json={"faults": [{"kind": "upload_lost_answer"}]})

        with pytest.raises(ConnectionResetError):
            await client.post(
                "/api/v1/beta/files", headers=KEY, data={"purpose": "parse"}, files={"file": ("a.pdf", b"x")}
            )
