"""Fixed vectors: cheap, of length 1, the same for the same text and different for another, and billed like any."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator

import httpx
import numpy as np
import pytest_asyncio
from asgi_lifespan import LifespanManager
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_providers.openai.app import create_app
from mock_providers.openai.encoders.fixed import FixedEncoder
from mock_providers.settings import OpenAISettings

ENCODER = FixedEncoder()
TEXTS = st.lists(st.text(st.characters(exclude_categories=[]), max_size=50), min_size=1, max_size=20, unique=True)


@settings(max_examples=40, deadline=None)
@given(texts=TEXTS)
def test_each_text_has_a_vector_of_its_own_of_length_one(texts: list[str]) -> None:
    """Two texts never share a vector, the same text always has the same one, and all have length 1."""
    vectors = ENCODER.encode(texts)

    assert np.float32 == vectors.dtype
    assert (len(texts), 1536) == vectors.shape
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert len(texts) == len({vector.tobytes() for vector in vectors})
    assert np.array_equal(vectors[::-1], FixedEncoder().encode(texts[::-1]))


def test_the_bytes_are_known() -> None:
    """The same text gives the same bytes on every machine and in every version."""
    vector = ENCODER.encode(["The plan pays eighty percent of dental care."])

    known = "f1d53408dae85949b7bd9fb39c57e66e14b5c08fe01d94c91f936eb8faa203d4"
    assert known == hashlib.sha256(vector.astype("<f4").tobytes()).hexdigest()


@pytest_asyncio.fixture
async def simulator() -> AsyncIterator[httpx.AsyncClient]:
    """Run a simulator in the fixed mode."""
    app = create_app(OpenAISettings(mode="fixed"))
    key = {"Authorization": "Bearer sk-test"}
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://mock", headers=key) as http,
    ):
        yield http


async def test_the_contract_is_kept_and_every_input_is_billed(simulator: httpx.AsyncClient) -> None:
    """Vectors come in order and as base64, a token is billed for every four bytes, each time that it is asked for."""
    body = {"model": "fixed-1536", "input": ["abcd", "efghi"], "encoding_format": "base64"}

    answers = [(await simulator.post("/v1/embeddings", json=body)).json() for _ in range(2)]
    summary = (await simulator.get("/_control/bill")).json()["summary"]

    vectors = [np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in answers[0]["data"]]
    assert np.array_equal(ENCODER.encode(["abcd", "efghi"]), vectors)
    assert [0, 1] == [item["index"] for item in answers[1]["data"]]
    assert [3, 3] == [answer["usage"]["total_tokens"] for answer in answers]
    assert (4, 2, 6.0) == (summary["units"], summary["duplicate_units"], summary["quantity"])


async def test_limits_hold_in_the_fixed_mode_too(simulator: httpx.AsyncClient) -> None:
    """A text of more tokens than the limit is refused as in every other mode."""
    await simulator.patch("/_control", json={"max_input_tokens": 2})

    refused = await simulator.post("/v1/embeddings", json={"model": "fixed-1536", "input": "nine byte"})

    assert (400, "invalid_request_error") == (refused.status_code, refused.json()["error"]["type"])
