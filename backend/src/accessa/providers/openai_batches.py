"""The OpenAI Batch API: a file of requests goes in, a file of answers in any order comes out, at a lower price."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from accessa.domain.errors import AccessaError, TransientError
from accessa.providers.http_calls import ProviderClient, json_object, read_json, translate_status, translated_transport
from accessa.providers.openai_errors import CODES, refusal
from accessa.providers.traced_calls import call_span, note_answer

MOST_LINES = 50_000
MOST_INPUTS = 50_000
MOST_BYTES = 190_000_000
"""Of one batch; the provider's own limit is 200 MB."""

_ENDPOINT = "/v1/embeddings"
_WINDOW = "24h"
_SLOWEST_TRANSFER = 100_000  # bytes a second
_PAGE = 100
_MOST_PAGES = 50
_UNDER_WAY = {"validating", "in_progress", "finalizing", "cancelling"}
_ENDED = {"completed", "failed", "expired", "cancelled"}
_LONGEST_LINE = 64_000_000


@dataclass(frozen=True, slots=True)
class BatchState:
    """The provider's word on a batch: `outcome` once it has ended, the files of its answers, and why it failed."""

    batch_id: str
    outcome: str | None
    output_file_id: str | None
    error_file_id: str | None
    failure_code: str | None
    failure_words: str | None


class OpenAIBatchCalls(ProviderClient):
    """Files and batches of one provider account."""

    kind = "openai"
    codes = CODES

    async def upload_requests(self, lines: Path, *, key: str) -> str:
        """Upload a JSONL file of requests under our own `key`, by which it is found again; return the file's id."""
        with lines.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            response = await self._call(
                "POST",
                "/files",
                operation="files.create",
                special=refusal,
                budget_seconds=self._budget_seconds + size / _SLOWEST_TRANSFER,
                data={"purpose": "batch"},
                files={"file": (_name_of(key), stream, "application/jsonl")},
            )
        return _id_of(json_object(response, CODES))

    async def create_batch(self, file_id: str, *, key: str) -> str:
        """Order the batch of an uploaded file under our own `key`, by which it is found again; return its id."""
        body = {
            "input_file_id": file_id,
            "endpoint": _ENDPOINT,
            "completion_window": _WINDOW,
            "metadata": {"accessa_batch": key},
        }
        response = await self._call(
            "POST", "/batches", operation="batches.create", paid=True, special=refusal, json=body
        )
        return _id_of(json_object(response, CODES))

    async def find_file(self, key: str) -> str | None:
        """Return the id of the file that was uploaded under `key`, or None."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            query = {"purpose": "batch", "limit": _PAGE} | ({"after": after} if after else {})
            page = json_object(
                await self._call("GET", "/files", operation="files.list", special=refusal, params=query), CODES
            )
            rows = [row for row in page.get("data") or [] if isinstance(row, dict)]
            for row in rows:
                if row.get("filename") == _name_of(key):
                    return _id_of(row)
            if not rows or not page.get("has_more"):
                return None
            after = _id_of(rows[-1])
        return None

    async def find_batch(self, key: str, *, since: float) -> str | None:
        """Return the id of the batch that was ordered under `key` after `since` (Unix seconds), or None."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            query = {"limit": _PAGE} | ({"after": after} if after else {})
            page = json_object(
                await self._call("GET", "/batches", operation="batches.list", special=refusal, params=query), CODES
            )
            rows = [row for row in page.get("data") or [] if isinstance(row, dict)]
            for row in rows:
                if (row.get("metadata") or {}).get("accessa_batch") == key:
                    return _id_of(row)
            if not rows or not page.get("has_more") or _seconds(rows[-1].get("created_at")) < since:
                return None
            after = _id_of(rows[-1])
        return None

    async def look_at_batch(self, batch_id: str) -> BatchState:
        """Return how far the batch is."""
        response = await self._call("GET", f"/batches/{batch_id}", operation="batches.retrieve", special=refusal)
        return _read_state(json_object(response, CODES))

    async def delete_file(self, file_id: str) -> bool:
        """Delete a file of requests or answers; False when the provider did not know it."""
        return await self._unless_unknown("DELETE", f"/files/{file_id}", operation="files.delete")

    async def cancel_batch(self, batch_id: str) -> bool:
        """Ask the provider to stop a batch, of which finished lines are billed; False when it is over, or not known."""
        return await self._unless_unknown("POST", f"/batches/{batch_id}/cancel", operation="batches.cancel")

    async def _unless_unknown(self, method: str, path: str, *, operation: str) -> bool:
        try:
            await self._call(method, path, operation=operation, special=refusal)
        except AccessaError as error:
            if error.provider_status not in {httpx.codes.NOT_FOUND, httpx.codes.CONFLICT, httpx.codes.BAD_REQUEST}:
                raise
            return False
        return True

    async def answer_lines(self, file_id: str) -> AsyncIterator[dict[str, Any]]:
        """Yield the answers of a file one by one; raises `TransientError` EMBED_BAD_RESPONSE for what is no answer."""
        with translated_transport(CODES):
            async with AsyncExitStack() as stack:
                path = f"/files/{file_id}/content"
                with call_span("GET", str(self._client.base_url), path) as span:
                    response = await stack.enter_async_context(self._client.stream("GET", path))
                    note_answer(span, response)
                if response.status_code >= httpx.codes.BAD_REQUEST:
                    await response.aread()
                    raise refusal(response) or translate_status(response, CODES)
                async for line in _lines(response):
                    answer = read_json(line)
                    if not isinstance(answer, dict):
                        raise _breach("a line that is no JSON object")
                    yield answer


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Split on line feeds alone: JSON may hold other line separators, which a text reader would split at."""
    held = bytearray()
    async for block in response.aiter_bytes():
        held += block
        *whole, rest = held.split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise _breach("a line that does not end")
        held = bytearray(rest)
        for line in whole:
            if line.strip():
                yield bytes(line)
    if held.strip():
        yield bytes(held)


def _read_state(body: dict[str, Any]) -> BatchState:
    status = body.get("status")
    if status not in _UNDER_WAY | _ENDED:
        raise _breach("a batch without a known status")
    problems = (body.get("errors") or {}).get("data") or [{}]
    first = problems[0] if isinstance(problems[0], dict) else {}
    return BatchState(
        _id_of(body),
        str(status) if status in _ENDED else None,
        body.get("output_file_id"),
        body.get("error_file_id"),
        first.get("code"),
        first.get("message"),
    )


def _name_of(key: str) -> str:
    return f"{key}.jsonl"


def _id_of(body: dict[str, Any]) -> str:
    value = body.get("id")
    if not isinstance(value, str) or not value:
        raise _breach("no id")
    return value


def _seconds(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _breach(what: str) -> TransientError:
    return TransientError("EMBED_BAD_RESPONSE", provider_status=200, provider_body=what)
