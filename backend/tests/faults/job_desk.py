"""What logical workers, a webhook and an operator do to jobs in a real database, each as one awaited step."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from pydantic import SecretStr

from accessa.domain import ids
from accessa.domain.errors import PermanentError, TransientError
from accessa.domain.job import Job
from accessa.domain.prices import token_price
from accessa.domain.provider_identity import OURSELVES
from accessa.domain.signatures import bearer_of, sign
from accessa.domain.statuses import Status, move_from
from accessa.pipeline.receive_webhook import receive_webhook
from accessa.pipeline.retry_job import retry_job
from accessa.pipeline.services import Services, open_services
from accessa.settings import DatabaseSettings, ParseSettings, StorageSettings, load_settings
from accessa.store import chunks, deletions, ledger, parses, vectors
from accessa.store.chunks import ChunkRow, ChunkSet
from accessa.store.database import Connection
from accessa.store.documents import NewDocument, ParsedText, insert_document, insert_parsed_texts, publish_sets
from accessa.store.jobs import claim_jobs, hand_back, insert_job, renew_lease
from accessa.store.ledger import PaidWork
from accessa.store.vectors import Batch, BoughtBatch, VectorRow

PARSER, EMBEDDER, MODEL = "mock-llamaparse", "mock-openai", "text-embedding-3-small"
CHUNKS = 2
SECRET = "webhook-secret-of-the-model"
_LEASE_SECONDS = 600.0
_LATER_SECONDS = 600.0
_DIMENSIONS = 1536
_PROVIDER_JOB = "pjb-model"


class JobDesk:
    """Every act on jobs that the product knows, by the product's own statements; time passes when it is told to."""

    def __init__(self, services: Services) -> None:
        """Work in the database of these services."""
        self.services = services
        self._database = services.database

    async def empty(self) -> None:
        """Take every document and every event away."""
        await self.execute(
            "TRUNCATE upload_pipeline.documents, upload_pipeline.events, upload_pipeline.workers CASCADE"
        )
        await self.execute("TRUNCATE upload_pipeline.provider_calls CASCADE")
        await self.execute(
            "INSERT INTO upload_pipeline.providers (provider, environment) VALUES ($1, 'local'), ($2, 'local')"
            " ON CONFLICT DO NOTHING",
            PARSER,
            EMBEDDER,
        )

    async def upload(self, user: UUID) -> tuple[UUID, UUID]:
        """Upload new bytes of `user`; return the ids of document and job."""
        content = uuid4().bytes
        sha256 = hashlib.sha256(content).hexdigest()
        document = ids.document_id(user, sha256)
        raw = f"storage://raw/{user}/{document}"
        row = NewDocument(document, user, "a.pdf", "application/pdf", len(content), sha256, raw)
        async with self._database.transaction() as connection:
            await insert_document(connection, row)
            job = await insert_job(connection, document, self.services.plan())
        assert job is not None
        return document, job["job_id"]

    async def claim(self, worker: str, limit: int) -> list[Job]:
        """Claim up to `limit` due jobs."""
        return await claim_jobs(self._database, owner=worker, lease_seconds=_LEASE_SECONDS, limit=limit)

    async def renew(self, job: Job) -> bool:
        """Renew a lease; False when it is lost."""
        return await renew_lease(self._database, job, _LEASE_SECONDS)

    async def hand_back(self, job: Job) -> bool:
        """Let go of a job as a worker does that is told to stop."""
        return await hand_back(self._database, job)

    async def wait(self, job: Job) -> None:
        """Let go of a job that has to wait for the outside world."""
        async with self.services.fenced(job) as effect:
            await effect.release(due_in_seconds=_LATER_SECONDS)

    async def advance(self, job: Job) -> Job:
        """Do what the stage of the job's status stores, and move on; raises `LeaseLostError`."""
        target = move_from(job.status).target
        async with self.services.fenced(job) as effect:
            facts = await self.store(effect.connection, job)
            moved = await effect.advance(target, **facts)
            if target is Status.COMPLETE:
                await effect.release()
        return moved

    async def store(self, connection: Connection, job: Job) -> dict[str, Any]:
        """Store what the guards of the database ask for before the job may move on; return the facts about it."""
        sha256 = _text_sha(job)
        match job.status:
            case Status.UPLOADED:
                key = ids.call_key("parse", job.job_id)
                await parses.open_parse_run(
                    connection,
                    job,
                    provider=PARSER,
                    options_sha="o",
                    call_key=key,
                    locator=_locator(job.job_id),
                    pages=1,
                )
                await parses.keep_provider_job(connection, job.job_id, _PROVIDER_JOB, 600)
            case Status.PARSE_QUEUED:
                return {"parsed_path": f"storage://parsed/{job.document_id}"}
            case Status.PARSED:
                text = ParsedText(sha256, "storage://parsed/x", (0,), 0, 9)
                await insert_parsed_texts(connection, [(job.document_id, text)])
                return {"parsed_sha256": sha256}
            case Status.PARSE_VALIDATED:
                opened = ChunkSet(_set_id(job), job.document_id, sha256, job.chunker, OURSELVES)
                await chunks.open_chunk_sets(connection, [opened])
                return {"set_id": _set_id(job)}
            case Status.CHUNKING:
                await chunks.insert_chunks(connection, job, _chunk_rows(job))
                await chunks.close_chunk_sets(connection, {job.require_set(): CHUNKS})
                return {"progress": {"chunks_total": CHUNKS, "chunks_done": CHUNKS}}
            case Status.CHUNKS_STORED:
                missing = (await chunks.select_unembedded(connection, [job], EMBEDDER))[job.job_id]
                key = ids.call_key("embed", job.job_id)
                planned = [Batch(0, tuple(range(CHUNKS)), key)] if missing else []
                await vectors.insert_batches(connection, {job.job_id: planned})
                return {"progress": {"embeds_total": CHUNKS, "embeds_done": CHUNKS - len(missing)}}
            case Status.EMBEDDINGS_STORED:
                await publish_sets(connection, [job])
        return {}

    async def fail(self, job: Job, *, final: bool) -> None:
        """Note an error that is counted, or one that ends the job; raises `LeaseLostError`."""
        error = PermanentError("PARSE_FAILED") if final else TransientError("PARSE_BAD_RESPONSE")
        async with self.services.fenced(job) as effect:
            await effect.note_error(error, counted=not final)
            if final:
                await effect.advance(move_from(job.status).fails_to, error=error.as_row())
                await effect.release()
            else:
                await effect.release(due_in_seconds=_LATER_SECONDS, code="RETRY_SCHEDULED")

    async def intend(self, job: Job) -> tuple[int, Batch] | None:
        """Write the intent of the job's one batch; None when it is bought already. Raises `LeaseLostError`."""
        batch = await self._open_batch(job)
        if batch is None:
            return None
        async with self.services.fenced(job) as effect:
            return await ledger.intend(effect, _embedding(batch)), batch

    async def record(self, job: Job, call_id: int, batch: Batch) -> None:
        """Store what was bought, with its cost; raises `LeaseLostError`."""
        rows = [VectorRow(chunk, _WIRE, hashlib.sha256(_WIRE).hexdigest()) for chunk in _chunk_ids(job)]
        async with self.services.fenced(job) as effect:
            await vectors.store_batches(effect.connection, [BoughtBatch(job, batch, rows)], EMBEDDER)
            await ledger.record(effect, call_id, _embedding(batch), tokens=CHUNKS, billed_units=CHUNKS)

    async def webhook(self, job_id: UUID, delivery: int) -> bool:
        """Deliver the webhook of the job's parse; False when it was known, or is awaited no more."""
        locator = _locator(job_id)
        body = orjson.dumps({"event_id": f"evt-{job_id}-{delivery}", "event_type": "parse.success"})
        bearer = f"Bearer {bearer_of(SECRET, locator)}"
        return await receive_webhook(self.services, locator, body, signature=sign(SECRET, body), authorization=bearer)

    async def retry(self, user: UUID, job_id: UUID) -> UUID:
        """Open a new job for a failed one and return its id."""
        opened = await retry_job(self.services, user, job_id)
        found: UUID = opened["job_id"]
        return found

    async def delete(self, document: UUID) -> None:
        """Delete a document with all its rows."""
        async with self._database.transaction() as connection:
            await deletions.lock_document(connection, document)
            await deletions.lock_jobs(connection, document)
            await deletions.delete_rows(connection, document)

    async def pass_time(self, job_id: UUID) -> None:
        """Let the lease of a job run out, or its pause end."""
        await self.execute(
            "UPDATE upload_pipeline.upload_jobs SET available_at = now() - interval '1 second' WHERE job_id = $1",
            job_id,
        )

    async def jobs(self) -> dict[UUID, dict[str, Any]]:
        """Return every job as it stands."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                "SELECT job_id, status, lease_owner, lease_epoch, crash_count, retry_count,"
                " available_at <= now() AS due"
                " FROM upload_pipeline.upload_jobs"
            )
        return {row["job_id"]: dict(row) for row in rows}

    async def execute(self, sql: str, *arguments: Any) -> None:
        """Run a statement of the test's own."""
        async with self._database.connection() as connection:
            await connection.execute(sql, *arguments)

    async def fetch(self, sql: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """Run a query of the test's own."""
        async with self._database.connection() as connection:
            rows: Sequence[asyncpg.Record] = await connection.fetch(sql, *arguments)
        return rows

    async def _open_batch(self, job: Job) -> Batch | None:
        found = await vectors.select_open_batches(self._database, job.job_id)
        return found[0] if found else None


@asynccontextmanager
async def opened_desk(database_url: str) -> AsyncIterator[JobDesk]:
    """Open a desk in a migrated database; nothing beyond the database is ever asked."""
    nobody = "http://127.0.0.1:1"
    changes = {
        "database": DatabaseSettings(url=SecretStr(database_url), pool_size=4),
        "storage": StorageSettings(url=nobody),
        "parse": ParseSettings(base_url=nobody, webhook_secret=SecretStr(SECRET)),
    }
    async with open_services(load_settings().model_copy(update=changes), "test-desk") as services:
        desk = JobDesk(services)
        await desk.empty()
        yield desk


_WIRE = struct.pack(">HH", _DIMENSIONS, 0) + struct.pack(">f", 1.0) + bytes(4 * (_DIMENSIONS - 1))


def _embedding(batch: Batch) -> PaidWork:
    return PaidWork(
        batch.call_key, EMBEDDER, "embed", MODEL, len(batch.chunk_ordinals), token_price(MODEL, own_price=None)
    )


def _locator(job_id: UUID) -> str:
    return f"locator-of-{job_id}"


def _text_sha(job: Job) -> str:
    return hashlib.sha256(str(job.document_id).encode()).hexdigest()


def _set_id(job: Job) -> UUID:
    return ids.set_id(job.document_id, _text_sha(job), *job.chunker)


def _chunk_ids(job: Job) -> list[UUID]:
    return [ids.chunk_id(job.document_id, *job.chunker, ordinal) for ordinal in range(CHUNKS)]


def _chunk_rows(job: Job) -> list[ChunkRow]:
    texts = [f"passage {ordinal} of {job.document_id}" for ordinal in range(CHUNKS)]
    return [
        ChunkRow(chunk, ordinal, hashlib.sha256(text.encode()).hexdigest(), text, b"{}")
        for ordinal, (chunk, text) in enumerate(zip(_chunk_ids(job), texts, strict=True))
    ]
