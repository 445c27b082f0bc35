"""Client of the OpenAI embeddings API: one request a batch, base64 in, a checked float32 matrix out."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.providers.http_calls import ErrorCodes, ProviderClient, call, facts_of, json_object, read_json

CODES = ErrorCodes(
    unavailable="EMBED_UNAVAILABLE",
    rate_limited="EMBED_RATE_LIMITED",
    rejected_key="EMBED_REJECTED_KEY",
    refused="EMBED_REFUSED",
    bad_response="EMBED_BAD_RESPONSE",
)
# A 429 of these kinds is about money: waiting for a rate window cannot help.
_MONEY = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "billing_hard_limit_reached",
}
_SHORTENABLE = "text-embedding-3"

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One vector a text, in the order of the texts (rows of `matrix`, float32), and the tokens that were billed."""

    matrix: Matrix
    tokens: int


class OpenAIClient(ProviderClient):
    """One provider account; `name` is under what the ledger knows it."""

    name = "openai"

    async def embed(self, texts: Sequence[str], *, model: str, dimensions: int) -> Embeddings:
        """Embed texts in one request; the vectors are checked for count, order, dimension, finite and non-zero values.

        Raises `TransientError` EMBED_BAD_RESPONSE when any check fails: then nothing of the batch may be stored.
        """
        body: dict[str, Any] = {"model": model, "input": list(texts), "encoding_format": "base64"}
        if model.startswith(_SHORTENABLE):
            body["dimensions"] = dimensions
        response = await call(self._client, "POST", "/embeddings", CODES, special=_special, json=body)
        answer = json_object(response, CODES)
        return Embeddings(_read_matrix(answer.get("data"), len(texts), dimensions), _read_tokens(answer))


def _special(response: httpx.Response) -> AccessaError | None:
    if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        # Such an answer quotes its input, which here is the text of a document: the words are left out.
        return PermanentError("EMBED_REFUSED", provider_status=response.status_code)
    error = _error_of(response)
    named = {str(error.get("type")), str(error.get("code"))}
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS and named & _MONEY:
        return RecoverableError("EMBED_NO_CREDIT", **facts_of(response))
    if response.status_code == httpx.codes.NOT_FOUND and "model_not_found" in named:
        return RecoverableError("EMBED_MODEL_UNKNOWN", **facts_of(response))
    return None


def _error_of(response: httpx.Response) -> dict[str, Any]:
    body = read_json(response.content)
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _read_tokens(answer: dict[str, Any]) -> int:
    usage = answer.get("usage")
    tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
    return tokens if isinstance(tokens, int) else 0


def _read_matrix(data: Any, count: int, dimensions: int) -> Matrix:
    try:
        by_index = {item["index"]: item["embedding"] for item in data}
        if len(data) != count or set(by_index) != set(range(count)):
            raise _bad(f"{len(data)} vectors for {count} texts, or indexes that do not match")
        vectors = [_vector_bytes(by_index[index]) for index in range(count)]
    except (KeyError, TypeError, ValueError, Base64Error):
        raise _bad("not a list of vectors with an index each") from None
    if any(len(vector) != dimensions * 4 for vector in vectors):
        raise _bad(f"a dimension other than {dimensions}")
    matrix = np.frombuffer(b"".join(vectors), dtype="<f4").reshape(count, dimensions)
    norms = np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64)
    if not np.isfinite(norms).all() or not (norms > 0).all():
        raise _bad("a vector that is zero or not finite")
    return matrix


def _vector_bytes(embedding: Any) -> bytes:
    if isinstance(embedding, str):
        return b64decode(embedding, validate=True)
    with np.errstate(over="ignore"):  # a number beyond 32 bits becomes infinite, and is refused as that
        return np.asarray(embedding, dtype="<f4").tobytes()


def _bad(what: str) -> TransientError:
    return TransientError("EMBED_BAD_RESPONSE", provider_body=what)
