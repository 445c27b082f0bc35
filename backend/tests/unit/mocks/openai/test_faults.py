"""Faults on the wire of the OpenAI simulator: answers without a part, refusals by size, whom a fault is meant for."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import orjson
import pytest

from mock_providers.openai.connection import HangingAnswer

pytestmark = pytest.mark.asyncio(loop_scope="module")
Starter = Callable[..., Awaitable[httpx.AsyncClient]]
SMALL = "text-embedding-3-small"
TEXTS = ["apples and pears", "plums", "cherries"]


async def embed(client: httpx.AsyncClient, texts: list[str], **fields: Any) -> httpx.Response:
    """Ask for vectors of the small model."""
    return await client.post("/v1/embeddings", json={"model": SMALL, "input": texts, **fields})


async def play(client: httpx.AsyncClient, *faults: dict[str, Any], **values: Any) -> None:
    """Set faults and values."""
    (await client.patch("/_control", json={"faults": faults, **values})).raise_for_status()


async def units(client: httpx.AsyncClient) -> int:
    """Return how many units have been billed."""
    return int((await client.get("/_control/bill")).json()["summary"]["units"])


async def test_a_vector_can_be_null(client: httpx.AsyncClient) -> None:
    """The embedding of one input is null, those of the others are there."""
    await play(client, {"kind": "null_vector"})

    data = (await embed(client, TEXTS, encoding_format="base64")).json()["data"]

    assert [True, False, False] == [item["embedding"] is None for item in data]


async def test_an_answer_can_hold_nothing(client: httpx.AsyncClient) -> None:
    """The list is empty although the answer is a 200 that is paid for."""
    await play(client, {"kind": "empty_data"})

    answer = await embed(client, TEXTS)

    assert (200, [], 3) == (answer.status_code, answer.json()["data"], await units(client))


async def test_an_answer_can_lack_its_usage(client: httpx.AsyncClient) -> None:
    """The key is not there at all."""
    await play(client, {"kind": "missing_usage"})

    assert {"object", "data", "model"} == (await embed(client, TEXTS)).json().keys()


async def test_floats_can_come_instead_of_base64(client: httpx.AsyncClient) -> None:
    """A caller that asked for base64 gets lists of numbers."""
    await play(client, {"kind": "float_answer"})

    answer = await embed(client, TEXTS, encoding_format="base64")

    assert [1536] * 3 == [len(item["embedding"]) for item in answer.json()["data"]]


async def test_json_can_be_broken(client: httpx.AsyncClient) -> None:
    """Half of the JSON comes as if it were whole, with status 200, and is paid for."""
    await play(client, {"kind": "malformed_answer"})

    answer = await embed(client, TEXTS)

    assert (200, "application/json", 3) == (answer.status_code, answer.headers["content-type"], await units(client))
    assert str(len(answer.content)) == answer.headers["content-length"]
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(answer.content)


async def test_a_hanging_answer_ends_with_the_client() -> None:
    """Nothing is sent, not even a status, until the client has gone."""
    coming = [{"type": "http.request"}, {"type": "http.disconnect"}]
    sent: list[Any] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await HangingAnswer()({"type": "http"}, receive, send)

    assert ([], []) == (coming, sent)


@pytest.mark.parametrize("kind", ["cut_answer", "lost_answer"])
async def test_a_broken_connection_is_paid_for(client: httpx.AsyncClient, kind: str) -> None:
    """The connection breaks after the work, and the next call is served."""
    await play(client, {"kind": kind, "nth": 1})

    with pytest.raises(ConnectionResetError):
        await embed(client, TEXTS)

    assert 3 == await units(client)
    assert 200 == (await embed(client, TEXTS)).status_code


@pytest.mark.parametrize(
    ("value", "waits"),
    [(None, ("1", "1000")), (2.5, ("3", "2500")), (0, ("0", "0")), ("silent", (None, None))],
)
async def test_a_rate_limit_says_how_long(
    client: httpx.AsyncClient, value: float | str | None, waits: tuple[str | None, str | None]
) -> None:
    """The pause is told in seconds and in milliseconds, or not at all."""
    await play(client, {"kind": "rate_limit", "value": value})

    headers = (await embed(client, TEXTS)).headers

    assert waits == (headers.get("retry-after"), headers.get("retry-after-ms"))


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("quota", "organization_spend_limit_exceeded", "organization_spend_limit_exceeded"),
        ("forbidden", "model", "model_not_found"),
    ],
)
async def test_a_refusal_can_have_another_code(client: httpx.AsyncClient, kind: str, value: str, code: str) -> None:
    """The value of the fault chooses among the codes that the service has for it."""
    await play(client, {"kind": kind, "value": value})

    assert code == (await embed(client, TEXTS)).json()["error"]["code"]


@pytest.mark.parametrize("kind", ["input_too_long", "request_too_large"])
async def test_a_smaller_request_gets_through(client: httpx.AsyncClient, kind: str) -> None:
    """Requests with more inputs than the value says are refused; a caller that halves them is served."""
    await play(client, {"kind": kind, "value": 2})

    answers = [await embed(client, texts) for texts in (TEXTS, TEXTS[:2], TEXTS[2:])]

    assert [400, 200, 200] == [answer.status_code for answer in answers]


@pytest.mark.parametrize("document", ["and pears", hashlib.sha256(TEXTS[0].encode()).hexdigest()])
async def test_a_fault_can_be_meant_for_one_input(client: httpx.AsyncClient, document: str) -> None:
    """A piece or the SHA-256 of an input strikes the requests that have it, and in them its own vector."""
    await play(client, {"kind": "null_vector", "document": document})

    with_it, without_it = await embed(client, TEXTS[::-1]), await embed(client, TEXTS[1:])

    assert [False, False, True] == [item["embedding"] is None for item in with_it.json()["data"]]
    assert all(item["embedding"] for item in without_it.json()["data"])


async def test_a_fault_can_be_meant_for_one_call(client: httpx.AsyncClient) -> None:
    """The name of a call leaves the others alone."""
    await play(client, {"kind": "overloaded", "document": "models.list"})

    answers = [await client.get("/v1/models"), await client.get(f"/v1/models/{SMALL}"), await embed(client, TEXTS)]

    assert [503, 200, 200] == [answer.status_code for answer in answers]


async def test_a_refusal_says_whether_to_come_again(client: httpx.AsyncClient) -> None:
    """Money cannot be waited for, load can."""
    told = {}
    for kind in ("quota", "rate_limit", "slow_down", "server_error", "overloaded"):
        await play(client, {"kind": kind})
        told[kind] = (await embed(client, TEXTS)).headers["x-should-retry"]

    assert {"quota": "false"} == {kind: word for kind, word in told.items() if word != "true"}


@pytest.mark.asyncio(loop_scope="function")
async def test_limits_can_be_made_small(openai: Starter) -> None:
    """Inputs, tokens of one and tokens of all are limited as the control desk says, with these numbers in the words."""
    client = await openai(max_inputs=2, max_input_tokens=5)
    await play(client, max_request_tokens=6)

    answers = [await embed(client, texts) for texts in (["a"] * 3, ["a " * 8], ["a b c d"] * 2, ["a b c"] * 2)]

    assert [400, 400, 400, 200] == [answer.status_code for answer in answers]
    assert "maximum context length is 5 tokens" in answers[1].json()["error"]["message"]


async def test_every_answer_names_the_simulator(client: httpx.AsyncClient) -> None:
    """Answers of the API, of the control desk, of health, and errors carry the same header."""
    paths = ("/v1/models", "/_control", "/health", "/v1/nothing", "/openapi.json")

    assert {"mock-openai"} == {(await client.get(path)).headers["x-mock-provider"] for path in paths}


async def test_errors_carry_the_headers_of_the_service(client: httpx.AsyncClient) -> None:
    """A refusal tells version, time and limits like any other answer."""
    await play(client, {"kind": "token_rate_limit"})

    headers = (await embed(client, TEXTS)).headers

    assert {"openai-version", "openai-organization", "openai-processing-ms", "x-request-id"} <= set(headers)
    assert ("1000000", "0") == tuple(headers[f"x-ratelimit-{what}-tokens"] for what in ("limit", "remaining"))


async def test_wrong_parameters_have_the_providers_shape(client: httpx.AsyncClient) -> None:
    """A query that cannot be is a 400 with the four keys and the name of the parameter."""
    answer = await client.get("/v1/files", params={"limit": 0})

    assert (400, "limit") == (answer.status_code, answer.json()["error"]["param"])
    assert {"message", "type", "param", "code"} == answer.json()["error"].keys()
