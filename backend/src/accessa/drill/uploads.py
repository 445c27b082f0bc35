"""Sends the documents through the API, stubbornly, and keeps the list of what was acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import httpx

from accessa.domain.addresses import trust_for
from accessa.drill.documents import DrillDocument
from accessa.drill.evidence import Acknowledged
from accessa.drill.waiting import until

_AT_ONCE = 3
_PAUSE_SECONDS = 0.2
_PATIENCE_SECONDS = 90.0
_MOST_REFUSED = 3
_LONGEST_SECONDS = 3600.0
_TIMEOUT = httpx.Timeout(30, connect=5)


class Uploads:
    """One sender of everything; `refused` tells what the API did not take, which nobody was promised."""

    def __init__(self, api_url: str) -> None:
        """Take the address of the API."""
        self._url = api_url
        self.acknowledged: list[Acknowledged] = []
        self.refused: list[str] = []

    async def send_all(self, documents: Sequence[DrillDocument], allowed: Callable[[], int]) -> None:
        """Send the documents in order, a few at a time, never more than `allowed()` of them in all."""
        gate = asyncio.Semaphore(_AT_ONCE)
        sending: list[asyncio.Task[None]] = []
        async with self._client() as client:
            for place, document in enumerate(documents):
                await until(partial(_is_allowed, place, allowed), _LONGEST_SECONDS)
                await gate.acquire()
                sending.append(asyncio.create_task(self._send(client, document)))
                sending[-1].add_done_callback(lambda _: gate.release())
            await asyncio.gather(*sending)

    async def take_back(self, documents: Sequence[DrillDocument]) -> None:
        """Delete the documents again, on a stack that stays."""
        async with self._client() as client:
            for document in {each.document_id: each for each in documents}.values():
                await client.delete(f"/documents/{document.document_id}", headers={"X-User-Id": str(document.user_id)})

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self._url, timeout=_TIMEOUT, trust_env=False, verify=trust_for(self._url))

    async def _send(self, client: httpx.AsyncClient, document: DrillDocument) -> None:
        """Send until there is an answer: whose connection broke cannot know what was kept, and asks again."""
        # An API that has refused so often will not come back.
        patience = _PATIENCE_SECONDS if len(self.refused) < _MOST_REFUSED else _PAUSE_SECONDS
        gives_up = time.monotonic() + patience
        response = None
        while time.monotonic() < gives_up:
            response = await _attempt(client, document)
            if response is not None and response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        if response is not None and response.is_success:
            self.acknowledged.append(_acknowledged(document, response))
        else:
            self.refused.append(f"{document.filename}: {response.text if response is not None else 'no answer'}")


def _is_allowed(place: int, allowed: Callable[[], int]) -> bool:
    return place < allowed()


async def _attempt(client: httpx.AsyncClient, document: DrillDocument) -> httpx.Response | None:
    try:
        return await client.post(
            "/documents",
            headers={"X-User-Id": str(document.user_id)},
            files={"file": (document.filename, document.content)},
        )
    except httpx.TransportError:
        return None


def _acknowledged(document: DrillDocument, response: httpx.Response) -> Acknowledged:
    answer = response.json()
    return Acknowledged(
        job_id=UUID(answer["job_id"]),
        document_id=UUID(answer["document_id"]),
        filename=document.filename,
        sha256=document.sha256,
        marks=document.marks,
    )
