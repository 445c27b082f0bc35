"""Buffers on a real Postgres: written once, resumed exactly, never by a worker that has lost its job."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from uuid import UUID, uuid4

import numpy as np
import pytest
from pydantic import SecretStr

from accessa.domain.errors import LeaseLostError
from accessa.domain.ids import chunk_id, set_id
from accessa.domain.job import Job
from accessa.domain.prices import Price
from accessa.domain.statuses import Status
from accessa.providers.vector_wire import to_wire, vector_sha
from accessa.settings import DatabaseSettings
from accessa.store import chunks, ledger, vectors
from accessa.store.chunks import ChunkRow, ChunkSet
from accessa.store.database import Database
from accessa.store.documents import NewDocument, ParsedText, insert_document, insert_parsed_texts, publish_sets
from accessa.store.effects import Effect, fenced
from accessa.store.gates import register
from accessa.store.jobs import JobPlan, claim_jobs, insert_job
from accessa.store.ledger import PaidWork
from accessa.store.search import Question, nearest_chunks
from accessa.store.search_index import VectorKind
from accessa.store.vectors import Batch, BoughtBatch, VectorRow

CHUNKER = ("markdown-simple", "1")
PLAN = JobPlan("markdown-simple@1", "text-embedding-3-small", "1", 8)
LEASE = 30.0
MADE_BY = "openai"


def sha(text: str) -> str:
    """Return the hex SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
async def database(each_database_url: str) -> AsyncIterator[Database]:
    """A fresh database, once on Postgres 18 and once on 16."""
    opened = Database(DatabaseSettings(url=SecretStr(each_database_url), pool_size=4))
    await register(opened, MADE_BY)
    yield opened
    await opened.close()


async def new_job(database: Database, user: UUID | None = None) -> Job:
    """Create a document with a job and claim it."""
    document, owner = uuid4(), user or uuid4()
    async with database.transaction() as connection:
        row = NewDocument(
            document, owner, "a.md", "text/markdown", 3, sha(str(document)), f"storage://raw/{owner}/x.md"
        )
        await insert_document(connection, row)
        await insert_job(connection, document, PLAN)
    claimed = await claim_jobs(database, owner="worker-a", lease_seconds=LEASE, limit=1)
    return claimed[0]


async def moved_to_chunking(database: Database, job: Job, text: str = "text") -> Job:
    """Walk a claimed job to `chunking` with an open set of the given text."""
    for target in (Status.PARSE_QUEUED, Status.PARSED, Status.PARSE_VALIDATED):
        async with fenced(database, job, lease_seconds=LEASE) as effect:
            job = await effect.advance(target, parsed_path="storage://parsed/x.md", parsed_sha256=sha(text))
    new_set = set_id(job.document_id, sha(text), *CHUNKER)
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        parsed = ParsedText(sha(text), "storage://parsed/x.md", (0,), 0, 4)
        await insert_parsed_texts(effect.connection, [(job.document_id, parsed)])
        opened = ChunkSet(new_set, job.document_id, sha(text), CHUNKER, MADE_BY)
        await chunks.open_chunk_sets(effect.connection, [opened])
        return await effect.advance(Status.CHUNKING, set_id=new_set)


def rows_of(job: Job, texts: list[str]) -> list[ChunkRow]:
    """Return the chunk rows of some texts."""
    return [
        ChunkRow(chunk_id(job.document_id, *CHUNKER, ordinal), ordinal, sha(text), text, b'{"page": 1}')
        for ordinal, text in enumerate(texts)
    ]


async def store_chunks(effect: Effect, job: Job, texts: list[str]) -> Job:
    """Store chunks and say that they are all."""
    await chunks.insert_chunks(effect.connection, job, rows_of(job, texts))
    await chunks.close_chunk_sets(effect.connection, {job.require_set(): len(texts)})
    return await effect.advance(Status.CHUNKS_STORED)


async def store_batch(effect: Effect, batch: Batch, rows: list[VectorRow]) -> None:
    """Store the vectors of one batch."""
    await vectors.store_batches(effect.connection, [BoughtBatch(effect.job, batch, rows)], MADE_BY)


async def embedding_job(database: Database, texts: list[str], user: UUID | None = None) -> Job:
    """Return a job whose chunks are stored and whose embedding has begun."""
    job = await moved_to_chunking(database, await new_job(database, user), " ".join(texts))
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        job = await store_chunks(effect, job, texts)
    for target in (Status.EMBEDDING_QUEUED, Status.EMBEDDING_IN_PROGRESS):
        async with fenced(database, job, lease_seconds=LEASE) as effect:
            job = await effect.advance(target)
    return job


def vector_rows(job: Job, ordinals: list[int], seed: int = 1) -> list[VectorRow]:
    """Return unit vectors of three dimensions for some chunks."""
    matrix = np.random.default_rng(seed).normal(size=(len(ordinals), 3)).astype(np.float32)
    wires = to_wire(matrix / np.linalg.norm(matrix, axis=1, keepdims=True))
    return [
        VectorRow(chunk_id(job.document_id, *CHUNKER, ordinal), wire, vector_sha(wire))
        for ordinal, wire in zip(ordinals, wires, strict=True)
    ]


async def count(database: Database, table: str) -> int:
    """Count the rows of a table."""
    async with database.connection() as connection:
        number: int = await connection.fetchval(f"SELECT count(*) FROM upload_pipeline.{table}")
    return number


async def test_chunks_stored_twice_are_stored_once(database: Database) -> None:
    """Chunks that a crash left behind are met again without harm, and the job goes on with all of them."""
    job = await moved_to_chunking(database, await new_job(database))
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        first = rows_of(job, ["one", "two"])
        await chunks.insert_chunks(effect.connection, job, first)
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        done = await store_chunks(effect, job, ["one", "two", "three"])

    assert (Status.CHUNKS_STORED, 3) == (done.status, await count(database, "document_chunk_buffer"))


async def test_chunks_and_their_status_land_together_or_not_at_all(database: Database) -> None:
    """An error after the chunks were written leaves neither chunks nor a move."""
    job = await moved_to_chunking(database, await new_job(database))
    with suppress(ZeroDivisionError):
        async with fenced(database, job, lease_seconds=LEASE) as effect:
            await store_chunks(effect, job, ["one"])
            raise ZeroDivisionError

    async with fenced(database, job, lease_seconds=LEASE) as effect:
        assert Status.CHUNKING == effect.job.status
    assert 0 == await count(database, "document_chunk_buffer")


async def test_a_worker_that_lost_its_lease_writes_nothing(database: Database) -> None:
    """Once another worker has claimed the job, the first one's transaction is refused at its first statement."""
    old = await moved_to_chunking(database, await new_job(database))
    async with database.connection() as connection:
        await connection.execute("UPDATE upload_pipeline.upload_jobs SET available_at = now() - interval '1 second'")
    [new] = await claim_jobs(database, owner="worker-b", lease_seconds=LEASE, limit=1)

    with pytest.raises(LeaseLostError):
        async with fenced(database, old, lease_seconds=LEASE) as effect:
            await store_chunks(effect, old, ["one"])
    assert (old.lease_epoch + 1, 1) == (new.lease_epoch, new.crash_count)
    assert 0 == await count(database, "document_chunk_buffer")


async def test_a_job_has_one_owner_however_many_ask(database: Database) -> None:
    """Two workers that look at the same time never get the same job."""
    await new_job(database)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE upload_pipeline.upload_jobs SET available_at = now() - interval '1 second', lease_owner = NULL"
        )
    first = await claim_jobs(database, owner="a", lease_seconds=LEASE, limit=5)
    second = await claim_jobs(database, owner="b", lease_seconds=LEASE, limit=5)

    assert (1, 0) == (len(first), len(second))


async def test_a_claim_is_not_held_up_by_rows_written_for_the_job(database: Database) -> None:
    """Writing a child row of a due job, as another transaction may, does not hide the job from claims."""
    job = await new_job(database)
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE upload_pipeline.upload_jobs SET available_at = now() - interval '1 second', lease_owner = NULL"
        )
    async with database.transaction() as other:
        await other.execute(
            "INSERT INTO upload_pipeline.embedding_batches (job_id, batch_ord, chunk_ords, call_key)"
            " VALUES ($1, 0, '{0}', 'k')",
            job.job_id,
        )
        claimed = await claim_jobs(database, owner="b", lease_seconds=LEASE, limit=1)

    assert [job.job_id] == [again.job_id for again in claimed]


async def test_only_batches_not_yet_recorded_are_left_to_buy(database: Database) -> None:
    """After a crash between two batches exactly the second one is still to be bought."""
    job = await embedding_job(database, ["one", "two"])
    plan = [Batch(0, (0,), "key-0"), Batch(1, (1,), "key-1")]
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        await vectors.insert_batches(effect.connection, {job.job_id: plan})
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        await store_batch(effect, plan[0], vector_rows(job, [0]))
        done = await vectors.count_vectors(effect.connection, [job], MADE_BY)

    assert ({job.job_id: 1}, [plan[1]]) == (done, await vectors.select_open_batches(database, job.job_id))


async def test_a_document_cannot_be_embedded_with_a_vector_missing(database: Database) -> None:
    """The database refuses `embeddings_stored` until the last chunk has its vector."""
    job = await embedding_job(database, ["one", "two"])
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        await store_batch(effect, Batch(0, (0,), "k"), vector_rows(job, [0]))
    with pytest.raises(Exception, match="vectors are missing"):
        async with fenced(database, job, lease_seconds=LEASE) as effect:
            await effect.advance(Status.EMBEDDINGS_STORED)

    async with fenced(database, job, lease_seconds=LEASE) as effect:
        await store_batch(effect, Batch(1, (1,), "k1"), vector_rows(job, [1]))
        assert Status.EMBEDDINGS_STORED == (await effect.advance(Status.EMBEDDINGS_STORED)).status


async def test_the_same_call_cannot_be_recorded_twice(database: Database) -> None:
    """The ledger refuses a second recorded row of the same work, so that nothing is paid twice unnoticed."""
    job = await embedding_job(database, ["one"])
    work = PaidWork("key", "openai", "embed", "m", 1, Price("token", Decimal("0.1")))
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        first, second = await ledger.intend(effect, work), await ledger.intend(effect, work)
        await ledger.record(effect, first, work, tokens=3, billed_units=3)
    with pytest.raises(Exception, match="idx_provider_calls_recorded_once"):
        async with fenced(database, job, lease_seconds=LEASE) as effect:
            await ledger.record(effect, second, work, tokens=3, billed_units=3)


async def published(database: Database, texts: list[str], user: UUID, seed: int = 1) -> Job:
    """Carry a document of some texts all the way to `complete`."""
    job = await embedding_job(database, texts, user)
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        rows = vector_rows(job, list(range(len(texts))), seed)
        await store_batch(effect, Batch(0, (0,), "k"), rows)
        job = await effect.advance(Status.EMBEDDINGS_STORED)
    return await publish(database, job)


async def publish(database: Database, job: Job) -> Job:
    """Publish a job's set."""
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        await publish_sets(effect.connection, [job])
        return await effect.advance(Status.COMPLETE)


async def test_a_chunk_with_known_text_takes_the_vector_of_the_same_user_only(database: Database) -> None:
    """Vectors are reused within one user's documents and never across users."""
    user = uuid4()
    await published(database, ["shared words"], user)
    own = await embedding_job(database, ["shared words"], user)
    async with fenced(database, own, lease_seconds=LEASE) as effect:
        reused = await vectors.copy_known_vectors(effect.connection, [own], MADE_BY)
    foreign = await embedding_job(database, ["shared words"], uuid4())
    async with fenced(database, foreign, lease_seconds=LEASE) as effect:
        across = await vectors.copy_known_vectors(effect.connection, [foreign], MADE_BY)

    assert ({own.require_set(): 1}, {}) == (reused, across)


async def test_a_new_text_replaces_the_old_one_as_a_whole(database: Database) -> None:
    """While the new set is being written search sees only the old text; afterwards only the new, under the same ids."""
    user = uuid4()
    old = await published(database, ["old one", "old two"], user)
    async with database.transaction() as connection:
        await insert_job(connection, old.document_id, PLAN)
    [claimed] = await claim_jobs(database, owner="w", lease_seconds=LEASE, limit=1)
    job = await moved_to_chunking(database, claimed, "another text")
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        job = await store_chunks(effect, job, ["new one"])
    for target in (Status.EMBEDDING_QUEUED, Status.EMBEDDING_IN_PROGRESS):
        async with fenced(database, job, lease_seconds=LEASE) as effect:
            job = await effect.advance(target)
    async with fenced(database, job, lease_seconds=LEASE) as effect:
        await store_batch(effect, Batch(0, (0,), "k2"), vector_rows(job, [0]))
        job = await effect.advance(Status.EMBEDDINGS_STORED)

    before = await found_texts(database, user)
    await publish(database, job)
    assert ({"old one", "old two"}, {"new one"}) == (before, await found_texts(database, user))
    assert 1 == await count(database, "document_chunk_buffer")


async def found_texts(database: Database, user: UUID) -> set[str]:
    """Return the texts that a search of the user can find."""
    wire = to_wire(np.ones((1, 3), dtype=np.float32))[0]
    kind = VectorKind(PLAN.embed_model, PLAN.embed_version, MADE_BY, 3)
    rows = await nearest_chunks(database, Question(user, wire, kind, 10))
    return {row["text"] for row in rows}
