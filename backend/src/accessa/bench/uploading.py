"""Takes the documents of a run in through the API, as any client would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

import httpx

from accessa.bench.corpus import Document
from accessa.domain.addresses import trust_for
from accessa.domain.errors import UsageError

_AT_ONCE = 8
_TIMEOUT = httpx.Timeout(600, connect=10)


async def upload_all(url: str, user: UUID, documents: Sequence[Document]) -> tuple[list[UUID], float]:
    """Upload the documents for a user, eight at a time; return the ids of their jobs, and the seconds that it took."""
    gate = asyncio.Semaphore(_AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False, verify=trust_for(url)) as client:

        async def send(document: Document) -> UUID:
            async with gate:
                return await upload(client, user, document)

        begun = time.monotonic()
        jobs = await asyncio.gather(*(send(document) for document in documents))
        return list(jobs), time.monotonic() - begun


async def upload(client: httpx.AsyncClient, user: UUID, document: Document) -> UUID:
    """Upload one document and return the id of its job; raises `UsageError` when the API does not take it."""
    answer = await client.post(
        "/documents", headers={"X-User-Id": str(user)}, files={"file": (document.name, document.content)}
    )
    if not answer.is_success:
        raise UsageError("STACK_FAILED", f"The API did not take {document.name} ({answer.status_code}).")
    return UUID(answer.json()["job_id"])
