"""Client of the OpenAI embeddings API: one request a batch, base64 in, checked vectors in the database's form out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from accessa.domain.rate_limits import RateLimits
from accessa.providers.embedding_answer import read_tokens, read_vectors
from accessa.providers.http_calls import json_object
from accessa.providers.openai_batches import OpenAIBatchCalls
from accessa.providers.openai_errors import CODES, refusal
from accessa.providers.rate_headers import read_limits
from accessa.providers.vector_wire import from_wire

__all__ = ["CODES", "Embeddings", "OpenAIClient", "embedding_body", "read_embeddings"]

_SHORTENABLE = "text-embedding-3"
# In bytes: to read it takes some milliseconds, and a thread would keep its memory for good.
_SMALL_ANSWER = 4 * 1024 * 1024
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector a text, in order, the tokens billed, and the limits told.

    `wires` are the vectors as pgvector takes them, `shas` the SHA-256 of each of these in hex.
    """

    wires: list[bytes]
    shas: list[str]
    tokens: int
    limits: RateLimits = field(default_factory=RateLimits)

    @property
    def matrix(self) -> npt.NDArray[np.float32]:
        """The vectors as the rows of a matrix."""
        return from_wire(self.wires)


class OpenAIClient(OpenAIBatchCalls):
    """One provider account; `identity` is under what the ledger and the vectors know it."""

    async def embed(self, texts: Sequence[str], *, model: str, dimensions: int) -> Embeddings:
        """Embed texts in one request; the vectors are checked for count, order, dimension, finite and non-zero values.

        Raises `TransientError` EMBED_BAD_RESPONSE when any check fails: then nothing of the batch may be stored. Raises
        `RequestTooLargeError` when the provider takes no request, or no text, of this size.
        """
        body = _json(embedding_body(texts, model=model, dimensions=dimensions))
        response = await self._call(
            "POST",
            "/embeddings",
            operation="embeddings.create",
            paid=True,
            special=refusal,
            content=body,
            headers=_JSON,
        )

        def read() -> Embeddings:
            limits = read_limits(response.headers)
            return read_embeddings(json_object(response, CODES), len(texts), dimensions, limits)

        # A larger answer takes so long that nothing else would go on.
        return await asyncio.to_thread(read) if len(response.content) > _SMALL_ANSWER else read()

    async def check_access(self, model: str) -> RateLimits:
        """Make the cheapest call that needs a valid key: look the model up. Returns the limits, where it tells them."""
        response = await self._call("GET", f"/models/{model}", operation="models.retrieve", special=refusal)
        json_object(response, CODES)
        return read_limits(response.headers)


def embedding_body(texts: Sequence[str], *, model: str, dimensions: int) -> dict[str, Any]:
    """Return the body of an embedding request, the same in one call and in a line of a batch."""
    body: dict[str, Any] = {"model": model, "input": list(texts), "encoding_format": "base64"}
    if model.startswith(_SHORTENABLE):
        body["dimensions"] = dimensions
    return body


def read_embeddings(
    answer: dict[str, Any], count: int, dimensions: int, limits: RateLimits | None = None
) -> Embeddings:
    """Return the checked vectors of an answer's body; raises `TransientError` EMBED_BAD_RESPONSE."""
    found = read_vectors(answer.get("data"), count, dimensions)
    return Embeddings(found.wires, found.shas, read_tokens(answer), limits or RateLimits())


def _json(body: dict[str, Any]) -> bytes:
    """Return the body as JSON; a text that holds half a character goes out escaped, as orjson would refuse it."""
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        return json.dumps(body).encode()
