"""Collects the evidence once all is quiet: tables, storage, search, bills, and the vectors that should be there."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import httpx
import numpy as np

from accessa.domain.addresses import trust_for
from accessa.domain.errors import AccessaError
from accessa.drill.chaos import Blows
from accessa.drill.desks import BilledUnit, Desks
from accessa.drill.documents import DrillDocument
from accessa.drill.evidence import (
    Acknowledged,
    BatchFact,
    BrokenCheck,
    CallFact,
    ChunkFact,
    DocumentFact,
    EventFact,
    Evidence,
    JobFact,
    SetFact,
)
from accessa.drill.ground import Ground
from accessa.drill.lookout import Lookout
from accessa.drill.prose import MARK
from accessa.pipeline.services import storage_client
from accessa.providers.storage import StorageClient

_TOLERANCE = 1e-4
_VECTOR_HEAD = 4
_HITS = 10
_LOOKS_AT_ONCE = 4
Row = Mapping[str, Any]


class Collection:
    """Everything that is needed to look at what a drill has left behind."""

    def __init__(self, ground: Ground, lookout: Lookout, desks: Desks, documents: Sequence[DrillDocument]) -> None:
        """Take the ground, and the documents that were to be sent."""
        self._ground = ground
        self._lookout = lookout
        self._desks = desks
        self._documents = {document.document_id: document for document in documents}

    async def collect(
        self,
        acknowledged: Sequence[Acknowledged],
        blows: Blows,
        bill: Sequence[BilledUnit],
        broken_checks: Sequence[BrokenCheck] = (),
    ) -> Evidence:
        """Return the facts; `bill` was read before, as the searches that are made here stand on it too."""
        services = self._ground.services
        return Evidence(
            acknowledged=acknowledged,
            jobs=[JobFact(**row) for row in await self._lookout.rows("drill_jobs")],
            documents=await self._document_facts(),
            sets=[SetFact(**row) for row in await self._lookout.rows("drill_sets")],
            chunks=await self._chunks(),
            calls=[CallFact(**row) for row in await self._lookout.rows("drill_calls")],
            batches=[_batch(row) for row in await self._lookout.rows("drill_batches")],
            parses={row["provider_job_id"]: row["document_id"] for row in await self._lookout.rows("drill_parses")},
            bill=bill,
            events=[EventFact(**row) for row in await self._lookout.rows("drill_events")],
            kills=blows.kills,
            outages=blows.outages,
            broken_checks=broken_checks,
            batch_inputs=services.embed.batch_inputs,
            lease_seconds=self._ground.lease_seconds,
            own_bill=self._ground.own,
        )

    async def _document_facts(self) -> list[DocumentFact]:
        storage = storage_client(self._ground.services.storage)
        url = self._ground.addresses["API_URL"]
        api = httpx.AsyncClient(base_url=url, timeout=30, trust_env=False, verify=trust_for(url))
        rows = await self._lookout.rows("drill_documents")
        gate = asyncio.Semaphore(_LOOKS_AT_ONCE)

        async def look(row: Row) -> DocumentFact:
            async with gate:
                return DocumentFact(
                    document_id=row["document_id"],
                    user_id=row["user_id"],
                    file_sha256=row["file_sha256"],
                    live_set_id=row["live_set_id"],
                    object_sha256=await _object_sha256(storage, row["raw_path"]),
                    found=await self._is_found(api, row["document_id"]),
                )

        try:
            async with api:
                return list(await asyncio.gather(*(look(row) for row in rows)))
        finally:
            await storage.aclose()

    async def _is_found(self, api: httpx.AsyncClient, document_id: UUID) -> bool:
        """Tell whether a sentence of the document finds it, for its user."""
        document = self._documents.get(document_id)
        if document is None:
            return False
        answer = await api.post(
            "/search",
            headers={"X-User-Id": str(document.user_id)},
            json={"query": document.question, "limit": _HITS},
        )
        return answer.is_success and any(hit["document_id"] == str(document_id) for hit in answer.json()["results"])

    async def _chunks(self) -> list[ChunkFact]:
        rows = await self._lookout.rows("drill_chunks")
        counts, wrong = await self._vectors({(row["set_id"], row["chunk_id"]): str(row["text"]) for row in rows})
        return [self._chunk(row, counts, wrong) for row in rows]

    def _chunk(self, row: Row, counts: Counter[tuple[UUID, UUID]], wrong: set[tuple[UUID, UUID]]) -> ChunkFact:
        place, text = (row["set_id"], row["chunk_id"]), str(row["text"])
        return ChunkFact(
            document_id=row["document_id"],
            set_id=row["set_id"],
            ordinal=row["chunk_ord"],
            unit_key=self._unit_key(text),
            marks=tuple(MARK.findall(text)),
            altered=hashlib.sha256(text.encode()).hexdigest() != row["chunk_sha"],
            vectors=counts[place],
            wrong_vector=place in wrong,
        )

    def _unit_key(self, text: str) -> str:
        """Return the key under which the simulator bills a text: by model, dimensions and the text itself."""
        embed = self._ground.services.embed
        return hashlib.sha256(f"{embed.model}\n{embed.dimensions}\n{text}".encode()).hexdigest()

    async def _vectors(
        self, texts: Mapping[tuple[UUID, UUID], str]
    ) -> tuple[Counter[tuple[UUID, UUID]], set[tuple[UUID, UUID]]]:
        """Count the vectors of each chunk, and find those that are not what the simulator makes of the chunk's text."""
        embed = self._ground.services.embed
        stored: defaultdict[tuple[UUID, UUID], list[bytes]] = defaultdict(list)
        for row in await self._lookout.rows("drill_vectors"):
            stored[row["set_id"], row["chunk_id"]].append(row["vector"])
        right = dict(
            zip(texts, await self._desks.vectors(list(texts.values()), embed.model, embed.dimensions), strict=True)
        )
        wrong = {
            place
            for place, found in stored.items()
            if place not in right or any(not is_near(wire, right[place]) for wire in found)
        }
        return Counter({place: len(found) for place, found in stored.items()}), wrong


async def _object_sha256(storage: StorageClient, path: str) -> str | None:
    try:
        return hashlib.sha256(await storage.download(path)).hexdigest()
    except AccessaError:
        return None


def is_near(wire: bytes, right: np.ndarray[Any, np.dtype[np.float32]]) -> bool:
    """Compare a vector as Postgres sends it, big-endian behind four bytes, with the one that should be there."""
    stored = np.frombuffer(wire[_VECTOR_HEAD:], ">f4")
    return stored.shape == right.shape and bool(np.allclose(stored, right, atol=_TOLERANCE))


def _batch(row: Row) -> BatchFact:
    return BatchFact(row["call_key"], row["set_id"], tuple(row["chunk_ords"]))
