"""The product's parse client against every fault of the served LlamaParse simulator: what each becomes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from backend.tests.integration.contracts.llamaparse_server import KEY, ServedLlamaParse

from accessa.domain.errors import AccessaError, RecoverableError, TransientError
from accessa.providers.llamaparse import LlamaParseClient, ParseOptions, ParseResult, ParseState, WebhookTarget
from mock_providers.llamaparse import fault_kinds

pytest_plugins = ["backend.tests.integration.contracts.llamaparse_fixtures"]

OPTIONS = ParseOptions("cost_effective", "latest", 3000)
# Nothing listens there.
HOOK = WebhookTarget("http://127.0.0.1:9/webhooks/llamaparse/x", "webhook-secret", "token-of-the-address")

Told = tuple[type[AccessaError], str, int | None, float | None]
Call = Callable[[LlamaParseClient], Awaitable[object]]
Tell = Callable[[str, Call], Awaitable[Told]]

REFUSALS: dict[str, Told] = {
    "unauthorized": (RecoverableError, "PARSE_REJECTED_KEY", 401, None),
    "payment_required": (RecoverableError, "PARSE_NO_CREDIT", 402, None),
    "forbidden": (RecoverableError, "PARSE_REJECTED_KEY", 403, None),
    "rate_limit": (RecoverableError, "PARSE_RATE_LIMITED", 429, None),
    "server_error": (TransientError, "PARSE_UNAVAILABLE", 500, None),
    "bad_gateway": (RecoverableError, "PARSE_UNAVAILABLE", 502, None),
    "unavailable": (RecoverableError, "PARSE_UNAVAILABLE", 503, None),
    "gateway_timeout": (RecoverableError, "PARSE_UNAVAILABLE", 504, None),
}
ORDERS: dict[str, Told] = {
    **REFUSALS,
    # The order may have been taken, and billed, all the same.
    "lost_answer": (TransientError, "PARSE_UNAVAILABLE", None, None),
    "slow_answer": (TransientError, "PARSE_UNAVAILABLE", None, None),
    "malformed_answer": (TransientError, "PARSE_BAD_RESPONSE", 200, None),
    "missing_id": (TransientError, "PARSE_BAD_RESPONSE", 200, None),
}
FETCHES: dict[str, Told] = {
    **REFUSALS,
    "not_found": (TransientError, "PARSE_FAILED", 404, None),
    "lost_answer": (RecoverableError, "PARSE_UNAVAILABLE", None, None),
    "slow_answer": (RecoverableError, "PARSE_UNAVAILABLE", None, None),
    "malformed": (TransientError, "PARSE_BAD_RESPONSE", 200, None),
    "cut": (RecoverableError, "PARSE_UNAVAILABLE", None, None),
}
RESULTS = {
    "fail_job": (ParseState.FAILED, "PARSE_TIMEOUT", []),
    "fail_page": (ParseState.FAILED, "PARSE_FAILED", []),
    "empty_result": (ParseState.COMPLETED, None, ["", ""]),
    "whitespace_result": (ParseState.COMPLETED, None, ["", ""]),
    "images_only": (ParseState.COMPLETED, None, [f"![image](page_{page}_image_1.png)" for page in (1, 2)]),
    "stuck": (ParseState.PENDING, None, []),
}


@pytest.fixture
async def client(simulator: ServedLlamaParse) -> AsyncIterator[LlamaParseClient]:
    """Give a client of the simulator."""
    async with LlamaParseClient(simulator.url, KEY, timeout_seconds=10) as made:
        yield made


@pytest.fixture
async def hasty(simulator: ServedLlamaParse) -> AsyncIterator[LlamaParseClient]:
    """Give a client that waits for no answer long."""
    async with LlamaParseClient(simulator.url, KEY, timeout_seconds=0.1) as made:
        yield made


@pytest.fixture
def told(simulator: ServedLlamaParse, client: LlamaParseClient, hasty: LlamaParseClient) -> Tell:
    """Return what tells class, code, provider's status and pause of the error that a call ends in under a fault."""

    async def tell(kind: str, call: Call) -> Told:
        slow = kind.endswith("slow_answer")
        simulator.play({"kind": kind, **({"value": 0.4} if slow else {})})
        return await _error(call(hasty if slow else client))

    return tell


async def _error(call: Awaitable[object]) -> Told:
    with pytest.raises(AccessaError) as caught:
        await call
    error = caught.value
    return type(error), error.code, error.provider_status, error.retry_after_seconds


async def test_faults_of_a_submission(told: Tell, simulator: ServedLlamaParse) -> None:
    """No credit, limits and outages are waited out; what may have been accepted counts as a try."""
    file_id = simulator.upload()

    found = {kind: await told(kind, lambda client: client.submit(file_id, OPTIONS, HOOK)) for kind in ORDERS}

    assert ORDERS == found


async def test_faults_of_an_upload(told: Tell, tmp_path: Path) -> None:
    """The upload of a file has the same refusals with the same meaning."""
    file = tmp_path / "file.pdf"
    file.write_bytes(b"text")

    async def upload(client: LlamaParseClient) -> str:
        return await client.upload_file(file, external_id="doc-1", extension="pdf", mime="application/pdf")

    assert ORDERS == {kind: await told(f"upload_{kind}", upload) for kind in ORDERS}


async def test_faults_of_a_fetch(told: Tell, simulator: ServedLlamaParse) -> None:
    """Looking at a job buys nothing, so that a broken connection is waited out."""
    job_id = simulator.submit()
    simulator.finished(job_id)

    assert FETCHES == {kind: await told(f"fetch_{kind}", lambda client: client.fetch(job_id)) for kind in FETCHES}


async def test_the_pause_that_the_provider_asks_for(client: LlamaParseClient, simulator: ServedLlamaParse) -> None:
    """A limit that names a time to wait hands it on."""
    file_id = simulator.upload()
    simulator.play({"kind": "rate_limit", "value": 7})

    with pytest.raises(RecoverableError) as caught:
        await client.submit(file_id, OPTIONS, HOOK)

    assert 7.0 == caught.value.retry_after_seconds


async def test_faults_of_a_job(client: LlamaParseClient, simulator: ServedLlamaParse) -> None:
    """A job can fail, be of no use, or never end."""
    found = {}
    for kind in RESULTS:
        simulator.play({"kind": kind, **({"value": "PENDING"} if kind == "stuck" else {})})
        job_id = simulator.submit()
        if kind != "stuck":
            simulator.finished(job_id)
        found[kind] = _shape(await client.fetch(job_id))

    assert RESULTS == found


def _shape(result: ParseResult) -> tuple[Any, ...]:
    code = result.failure.code if result.failure else None
    return result.state, code, [page.markdown.strip() for page in result.pages]


def test_every_parse_fault_is_tried_here() -> None:
    """A fault that the simulator learns gets its row in this file; those of webhooks concern no call of the client."""
    tried = (
        ORDERS.keys()
        | {f"upload_{kind}" for kind in ORDERS}
        | {f"fetch_{kind}" for kind in FETCHES}
        | RESULTS.keys()
        | fault_kinds.WEBHOOK
        | {"webhook_before_answer"}
    )

    assert tried == fault_kinds.ALL
