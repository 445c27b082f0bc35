"""Answers of the embedding provider: only a whole, finite matrix in the order of the texts gets in."""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from typing import Any

import httpx
import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.providers.openai import Embeddings, OpenAIClient

ONE, TWO = [1.0, 0.0, 0.5], [0.0, -2.0, 0.25]


def packed(vector: list[float]) -> str:
    """Return numbers as base64 of little-endian 32-bit floats."""
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def item(index: Any, embedding: Any) -> dict[str, Any]:
    """Return one item of an answer."""
    return {"object": "embedding", "index": index, "embedding": embedding}


def answer(*items: Any, **fields: Any) -> bytes:
    """Return the body of an answer that holds the given items."""
    return json.dumps({"object": "list", "data": list(items), "usage": {"total_tokens": 7}, **fields}).encode()


async def embed(content: bytes, status: int = 200, *, texts: int = 2, dimensions: int = 3) -> Embeddings:
    """Embed texts against a provider that answers so."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
    async with OpenAIClient("http://provider/v1", "sk-test", timeout_seconds=5, transport=transport) as client:
        return await client.embed(["text"] * texts, model="text-embedding-3-small", dimensions=dimensions)


GOOD = (item(0, packed(ONE)), item(1, packed(TWO)))


@pytest.mark.parametrize(
    "items",
    [
        GOOD,
        GOOD[::-1],
        (item(0, ONE), item(1, TWO)),
        (item(1, TWO), item(0, packed(ONE))),
        (item(0, [1, 0, 0.5]), item(1, TWO)),
    ],
)
async def test_a_whole_answer_is_taken(items: tuple[Any, ...]) -> None:
    """Packed or plain numbers in any order become rows in the order of the texts."""
    found = await embed(answer(*items))

    assert np.array_equal(np.array([ONE, TWO], np.float32), found.matrix)
    assert ("float32", 7) == (found.matrix.dtype.name, found.tokens)


BROKEN: dict[str, bytes] = {
    "too few": answer(GOOD[0]),
    "too many": answer(*GOOD, item(2, packed(ONE))),
    "none": answer(),
    "an index twice": answer(item(0, packed(ONE)), item(0, packed(TWO))),
    "an index twice and all there": answer(*GOOD, GOOD[0]),
    "an index beyond": answer(item(0, packed(ONE)), item(2, packed(TWO))),
    "a negative index": answer(item(-1, packed(ONE)), item(0, packed(TWO))),
    "no index": answer({"embedding": packed(ONE)}, GOOD[1]),
    "an index that is a list": answer(item([0], packed(ONE)), GOOD[1]),
    "an index that is text": answer(item("0", packed(ONE)), GOOD[1]),
    "no vector": answer({"index": 0}, GOOD[1]),
    "a vector that is null": answer(item(0, None), GOOD[1]),
    "a vector that is an object": answer(item(0, {"a": 1}), GOOD[1]),
    "a vector within a vector": answer(item(0, [ONE]), GOOD[1], item(2, [ONE])),
    "uneven lists": answer(item(0, [[1.0], [1.0, 2.0]]), GOOD[1]),
    "a number too few": answer(item(0, packed(ONE[:2])), GOOD[1]),
    "a number too many": answer(item(0, packed([*ONE, 1.0])), GOOD[1]),
    "one too long, one too short": answer(item(0, packed([*ONE, 1.0])), item(1, packed(TWO[:2]))),
    "half a number": answer(item(0, b64encode(b"\x00" * 11).decode()), GOOD[1]),
    "an empty vector": answer(item(0, ""), item(1, [])),
    "no base64": answer(item(0, "no base64!"), GOOD[1]),
    "base64 cut off": answer(item(0, packed(ONE)[:-1]), GOOD[1]),
    "base64 with space": answer(item(0, packed(ONE) + "\n"), GOOD[1]),
    "base64 beyond ASCII": answer(item(0, "é" * 16), GOOD[1]),
    "words for numbers": answer(item(0, ["one", "two", "three"]), GOOD[1]),
    "not a number": answer(item(0, packed([1.0, float("nan"), 0.0])), GOOD[1]),
    "infinity": answer(item(0, packed([1.0, float("inf"), 0.0])), GOOD[1]),
    "minus infinity": answer(item(0, packed([float("-inf"), 0.0, 0.0])), GOOD[1]),
    "infinities of both signs": answer(item(0, packed([float("-inf"), float("inf"), 0.0])), GOOD[1]),
    "not a number in a list": answer(item(0, [1.0, float("nan"), 0.0]), GOOD[1]),
    "beyond 32 bits": answer(item(0, [1e300, 0.0, 0.0]), GOOD[1]),
    "zero": answer(item(0, packed([0.0, -0.0, 0.0])), GOOD[1]),
    "data is null": answer(*GOOD, data=None),
    "data is a number": answer(*GOOD, data=2),
    "data is text": answer(*GOOD, data="ab"),
    "data is an object": answer(*GOOD, data={"0": ONE, "1": TWO}),
    "items that are text": answer("a", "b"),
    "items that are null": answer(None, None),
    "no data": b'{"object": "list"}',
    "an error with status 200": b'{"error": {"message": "sorry"}}',
    "no object": b"[]",
    "no JSON": b"<html>Bad gateway</html>",
    "nothing": b"",
    "cut off": answer(*GOOD)[:-20],
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_answer_is_refused_as_a_whole(what: str) -> None:
    """Whatever is wrong with an answer, nothing of it gets in and the batch is tried again."""
    with pytest.raises(TransientError, match="EMBED_BAD_RESPONSE"):
        await embed(BROKEN[what])


@given(st.permutations(range(4)), st.lists(st.integers(-3, 6), min_size=4, max_size=4))
async def test_an_answer_is_taken_only_with_each_index_once(order: list[int], indexes: list[int]) -> None:
    """Every order of 0 to 3 is put right; any other four indexes are refused."""
    vectors = [[float(place + 1), 0.0, 0.0] for place in range(4)]

    found = await embed(answer(*(item(place, packed(vectors[place])) for place in order)), texts=4)
    assert [1.0, 2.0, 3.0, 4.0] == found.matrix[:, 0].tolist()

    if sorted(indexes) != [0, 1, 2, 3]:
        with pytest.raises(TransientError, match="EMBED_BAD_RESPONSE"):
            await embed(answer(*(item(index, packed(ONE)) for index in indexes)), texts=4)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers(-9, 9) | st.text(max_size=9), st.lists))
async def test_no_answer_is_a_foreign_error(embedding: Any) -> None:
    """Whatever stands in the place of a vector, it is a vector or an error of our own."""
    try:
        found = await embed(answer(item(0, embedding)), texts=1, dimensions=1)
    except AccessaError as error:
        assert "EMBED_BAD_RESPONSE" == error.code  # noqa: PT017 - both ways are right
    else:
        assert np.isfinite(found.matrix).all()


@pytest.mark.parametrize("usage", [None, {}, {"total_tokens": None}, {"total_tokens": "7"}, "seven", [7]])
async def test_unknown_tokens_are_none(usage: Any) -> None:
    """An answer without a readable bill is still a bought answer."""
    assert 0 == (await embed(answer(*GOOD, usage=usage))).tokens


@pytest.mark.parametrize("field", ["type", "code"])
@pytest.mark.parametrize(
    "word",
    [
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "billing_hard_limit_reached",
    ],
)
async def test_a_429_about_money_is_told_apart(field: str, word: str) -> None:
    """Missing money, named as type or as code, is no rate limit: somebody has to pay."""
    with pytest.raises(RecoverableError, match="EMBED_NO_CREDIT"):
        await embed(orjson.dumps({"error": {field: word}}), 429)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (429, b"", RecoverableError, "EMBED_RATE_LIMITED"),
        (429, b'{"error": null}', RecoverableError, "EMBED_RATE_LIMITED"),
        (429, b'{"error": "insufficient_quota"}', RecoverableError, "EMBED_RATE_LIMITED"),
        (429, b'{"error": {"code": {}, "type": []}}', RecoverableError, "EMBED_RATE_LIMITED"),
        (429, b"[" * 100_000, RecoverableError, "EMBED_RATE_LIMITED"),
        (404, b'{"error": {"code": "model_not_found"}}', RecoverableError, "EMBED_MODEL_UNKNOWN"),
        (404, b'{"error": {"code": null}}', PermanentError, "EMBED_REFUSED"),
        (404, b"<html>", PermanentError, "EMBED_REFUSED"),
        (403, b'{"error": {"code": "model_not_found"}}', RecoverableError, "EMBED_REJECTED_KEY"),
        (400, b'{"error": {"code": "insufficient_quota"}}', PermanentError, "EMBED_REFUSED"),
    ],
)
async def test_odd_refusals(status: int, body: bytes, kind: type[AccessaError], code: str) -> None:
    """A refusal with a body of any shape falls back to what its status says."""
    with pytest.raises(AccessaError) as caught:
        await embed(body, status)

    assert (kind, code, status) == (type(caught.value), caught.value.code, caught.value.provider_status)


@pytest.mark.parametrize(("model", "sent"), [("text-embedding-3-large", 3), ("all-minilm-l6-v2-int8", None)])
async def test_what_is_asked_for(model: str, sent: int | None) -> None:
    """Texts go out in one request, packed answers are asked for, and dimensions only where a model can shorten."""
    seen: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(
            {"path": request.url.path, "key": request.headers["authorization"], **orjson.loads(request.content)}
        )
        return httpx.Response(200, content=answer(*GOOD))

    transport = httpx.MockTransport(handler)
    async with OpenAIClient("http://provider/v1/", "sk-test", timeout_seconds=5, transport=transport) as client:
        await client.embed(("one", "two"), model=model, dimensions=3)

    wanted = {"model": model, "input": ["one", "two"], "encoding_format": "base64"}
    assert [
        wanted | {"path": "/v1/embeddings", "key": "Bearer sk-test"} | ({"dimensions": sent} if sent else {})
    ] == seen
