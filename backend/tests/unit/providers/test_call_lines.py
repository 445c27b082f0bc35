"""What the log says of calls to providers and storage, and what these are told of the work they are for."""

from __future__ import annotations

from contextlib import suppress

import httpx
import pytest
from structlog.testing import capture_logs

from accessa.domain.errors import AccessaError
from accessa.providers.openai import OpenAIClient
from accessa.providers.storage import StorageClient
from accessa.telemetry.log_context import bound

NAME = "7f0c2a54-6e0b-4bb5-9b58-0c54f6b1f7a1"
ADDRESS = "http://127.0.0.1:1"


class Provider(httpx.MockTransport):
    """Answers every request with one status, and keeps what it was asked."""

    def __init__(self, status: int) -> None:
        self.asked: list[httpx.Request] = []
        super().__init__(lambda request: self.asked.append(request) or httpx.Response(status, json={"id": "m"}))  # type: ignore[func-returns-value]


async def test_a_call_carries_the_ids_of_the_work() -> None:
    """Both clients send the correlation id, and the id of the call where it has one; without work they send none."""
    provider, storage = Provider(200), Provider(200)
    async with (
        OpenAIClient(ADDRESS, "k", timeout_seconds=5, transport=provider) as client,
        StorageClient(ADDRESS, "k", transport=storage) as objects,
    ):
        with bound(correlation_id=NAME, call_id="c1"):
            await client.check_access("m")
            await objects.download("storage://raw/a")
        await client.check_access("m")

    told = [
        [request.headers.get(name) for name in ("X-Correlation-Id", "X-Client-Request-Id")]
        for request in provider.asked
    ]
    assert [[NAME, "c1"], [None, None]] == told
    assert NAME == storage.asked[0].headers["X-Correlation-Id"]


@pytest.mark.parametrize(
    ("status", "line"),
    [(200, ("Provider was asked", "debug", 200)), (503, ("Provider call failed", "info", 503))],
)
async def test_a_call_is_told_with_its_end(status: int, line: tuple[str, str, int]) -> None:
    """A free call that was answered is a detail; one that failed is news, with the code of the failure."""
    async with OpenAIClient(ADDRESS, "k", timeout_seconds=5, transport=Provider(status)) as client:
        with capture_logs() as lines, suppress(AccessaError):
            await client.check_access("m")

    assert [line] == [(told["event"], told["log_level"], told["status"]) for told in lines]
    assert ("mock-openai", "models.retrieve") == (lines[0]["provider"], lines[0]["operation"])


async def test_a_storage_that_fails_is_told_without_its_address() -> None:
    """The address may be signed; method, status and duration are enough."""
    async with StorageClient(ADDRESS, "k", transport=Provider(500)) as objects:
        with capture_logs() as lines, pytest.raises(AccessaError):
            await objects.download("storage://raw/secret-name")

    assert {"event", "log_level", "method", "status", "duration_seconds"} == lines[0].keys()
    assert ("Storage call failed", 500) == (lines[0]["event"], lines[0]["status"])
