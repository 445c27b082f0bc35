"""One small document all the way: taken in, processed, found by its own words, and deleted again."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any, Protocol

from accessa.domain.errors import PermanentError
from accessa.domain.statuses import TERMINAL, Status

Answer = dict[str, Any]

UPLOAD = "upload"
SEARCH = "search"
DELETE = "delete"

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
_RESULTS = 5


class DocumentApi(Protocol):
    """The part of the API that a document needs on its way; each raises an `AccessaError` with the API's code."""

    async def upload_bytes(self, name: str, content: bytes) -> Answer:
        """Upload a file: {document_id, job_id, correlation_id, …}."""

    async def job(self, identifier: str) -> Answer:
        """Return one job: {status, error, …}."""

    async def search(self, query: str, limit: int) -> Answer:
        """Return {results} for the words of `query`."""

    async def delete(self, identifier: str) -> Answer:
        """Delete one document with all that was made of it."""


@dataclass(frozen=True, slots=True)
class Traveller:
    """A document that is sent for the purpose; `words` stand in it and nowhere else."""

    filename: str
    content: bytes
    words: str


@dataclass(slots=True)
class Journey:
    """How far a document has got: `step` is what it goes through, or the status in which its job stands."""

    step: str = UPLOAD
    receipt: Answer = field(default_factory=dict)
    job: Answer = field(default_factory=dict)


def fresh_words() -> str:
    """Return words that nobody has used before."""
    return " ".join(secrets.token_hex(5) for _ in range(3))


async def process(api: DocumentApi, traveller: Traveller, journey: Journey) -> None:
    """Upload `traveller` and wait until it is complete; `journey` tells at any time how far it has got.

    Raises the API's errors, and `PermanentError` with the code of its job when that fails.
    """
    journey.receipt = await api.upload_bytes(traveller.filename, traveller.content)
    journey.job = await _ended(api, journey)
    if journey.job["status"] != Status.COMPLETE:
        error = journey.job["error"] or {}
        raise PermanentError(error.get("code", "INTERNAL"), error.get("message"))


async def find_and_delete(api: DocumentApi, traveller: Traveller, journey: Journey) -> None:
    """Search the complete document by its own words, and delete it.

    Raises the API's errors, and `PermanentError` CANARY_NOT_FOUND. What is not found is left, to be looked at.
    """
    journey.step = SEARCH
    found = (await api.search(traveller.words, _RESULTS))["results"]
    document_id = journey.receipt["document_id"]
    if not any(hit["document_id"] == document_id and traveller.words in hit["text"] for hit in found):
        raise PermanentError("CANARY_NOT_FOUND")
    journey.step = DELETE
    await api.delete(document_id)


async def _ended(api: DocumentApi, journey: Journey) -> Answer:
    pause = _FIRST_PAUSE
    while (job := await api.job(journey.receipt["job_id"]))["status"] not in TERMINAL:
        journey.step, journey.job = job["status"], job
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    journey.step = job["status"]
    return job
