"""What the log says of calls to providers and storage, and what these are told of the work they are for."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import httpx
import pytest
from structlog.testing import capture_logs

from accessa.domain.errors import AccessaError
from accessa.providers import call_lines
from accessa.providers.call_lines import operation_on_storage, told_of_provider, told_of_storage
from accessa.providers.openai import OpenAIClient
from accessa.providers.storage import StorageClient
from accessa.telemetry.log_context import bound

NAME = "7f0c2a54-6e0b-4bb5-9b58-0c54f6b1f7a1"
SERVED = {"document_id": "d"}
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
    ("status", "for_document", "line"),
    [
        (200, True, ("Provider was asked", "info", 200)),
        (200, False, ("Provider answered a check", "debug", 200)),
        (503, False, ("Provider call failed", "info", 503)),
    ],
)
async def test_a_call_is_told_with_its_end(status: int, for_document: bool, line: tuple[str, str, int]) -> None:  # noqa: FBT001
    """A free call for a document is told, one for nobody's sake is a detail, and one that failed is news."""
    async with OpenAIClient(ADDRESS, "k", timeout_seconds=5, transport=Provider(status)) as client:
        with bound(**SERVED if for_document else {}), capture_logs() as lines, suppress(AccessaError):
            await client.check_access("m")

    assert [line] == [(told["event"], told["log_level"], told["status"]) for told in lines]
    assert ("mock-openai", "models.retrieve") == (lines[0]["provider"], lines[0]["operation"])


@pytest.mark.parametrize(("serves", "line"), [(SERVED, "Storage was called"), ({}, "Storage answered a check")])
async def test_a_call_to_the_storage_is_told_with_what_it_asked(serves: dict[str, str], line: str) -> None:
    """Also one that was refused, as there is no such object: that is an answer."""
    async with StorageClient(ADDRESS, "k", transport=Provider(404)) as objects:
        with bound(**serves), capture_logs() as lines, suppress(AccessaError):
            await objects.info("storage://raw/secret-name")

    assert [(line, "object.info", 404)] == [(told["event"], told["operation"], told["status"]) for told in lines]


async def test_a_slow_check_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slowness is worth a line, whoever had to wait."""
    monkeypatch.setattr(call_lines, "SLOW_SECONDS", 0.0)
    async with (
        OpenAIClient(ADDRESS, "k", timeout_seconds=5, transport=Provider(200)) as client,
        StorageClient(ADDRESS, "k", transport=Provider(200)) as objects,
    ):
        with capture_logs() as lines:
            await client.check_access("m")
            await objects.download("storage://raw/a")

    assert ["Provider was asked", "Storage was called"] == [told["event"] for told in lines]


def test_a_call_that_nobody_waits_for_any_more_is_told_as_cut_short() -> None:
    """A deadline of ours ends calls too, and those are the ones that somebody asks for."""
    with capture_logs() as lines:
        for told in (told_of_provider("openai", "files.create", paid=False), told_of_storage("GET", "object/raw/a")):
            with suppress(asyncio.CancelledError), told:
                raise asyncio.CancelledError

    failed = [("Provider call failed", "files.create"), ("Storage call failed", "object.download")]
    assert failed == [(told["event"], told["operation"]) for told in lines]
    assert ["cut_short", "cut_short"] == [told["outcome"] for told in lines]


@pytest.mark.parametrize(
    ("method", "url", "operation"),
    [
        ("GET", "bucket/raw", "bucket.show"),
        ("POST", "bucket", "bucket.create"),
        ("POST", "bucket/raw/empty", "bucket.empty"),
        ("POST", "object/raw/a", "object.upload"),
        ("DELETE", "object/raw", "object.delete"),
        ("POST", "object/list-v2/raw", "object.list"),
        ("POST", "object/sign/raw/a", "object.sign"),
        ("POST", "object/upload/sign/raw/a", "object.sign_upload"),
    ],
)
def test_what_is_asked_of_the_storage_has_a_name(method: str, url: str, operation: str) -> None:
    """The name of a bucket or an object is no part of it."""
    assert operation == operation_on_storage(method, url)


async def test_a_storage_that_fails_is_told_without_its_address() -> None:
    """The address may be signed; operation, status, end and duration are enough."""
    async with StorageClient(ADDRESS, "k", transport=Provider(500)) as objects:
        with capture_logs() as lines, pytest.raises(AccessaError):
            await objects.download("storage://raw/secret-name")

    assert {"event", "log_level", "operation", "status", "duration_seconds", "outcome", "code"} == lines[0].keys()
    assert ("Storage call failed", 500, "error") == (lines[0]["event"], lines[0]["status"], lines[0]["outcome"])
