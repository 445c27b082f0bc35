"""Chunks belong to a set, and vectors to a chunk and a provider, whoever writes or deletes them in whatever order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from backend.tests.live_sets import DOCUMENT

from accessa.store import migrate

CHUNKS = """
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)
SELECT $1::uuid, c, $1, n, 'c', '1', $3, 'a' FROM unnest($2::uuid[]) WITH ORDINALITY given (c, n)
"""
VECTORS = """
INSERT INTO upload_pipeline.document_vector_buffer
    (set_id, chunk_id, embed_model, embed_version, document_id, vector, vector_sha, provider)
SELECT $1::uuid, c, 'm', $5, $1, '[1, 2]', $3, $4 FROM unnest($2::uuid[]) c
"""
MAKER = "INSERT INTO upload_pipeline.providers VALUES ('mock-openai') ON CONFLICT DO NOTHING"
SHA = "0123456789abcdef" * 4
LEFT = """
SELECT (SELECT count(*) FROM upload_pipeline.document_chunk_buffer WHERE set_id = ANY ($1)),
    (SELECT count(*) FROM upload_pipeline.document_vector_buffer WHERE set_id = ANY ($1))
"""
DELETIONS = {
    "a document": "DELETE FROM upload_pipeline.documents WHERE document_id = $1",
    "a set": "DELETE FROM upload_pipeline.chunk_sets WHERE set_id = $1",
    "chunks": "DELETE FROM upload_pipeline.document_chunk_buffer WHERE set_id = $1",
}
NO_DIGESTS = ["", SHA[1:], f"{SHA}0", SHA.upper(), f"{SHA[1:]}\n", f"{SHA[1:]}g", f"{SHA[2:]}é"]
EMPTIED = ["document_chunk_buffer", "chunk_sets CASCADE", "documents CASCADE"]


class Session:
    """One connection, as a worker or a person has it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def open_set(self) -> UUID:
        """Put a document in, with a set of the same id."""
        set_id = uuid4()
        await self.connection.execute(DOCUMENT, set_id, uuid4(), set_id, 3)
        return set_id

    async def add_chunks(self, set_id: UUID, count: int = 3, sha: str = SHA) -> list[UUID]:
        """Add chunks with one statement and return their ids."""
        chunk_ids = [uuid4() for _ in range(count)]
        await self.connection.execute(CHUNKS, set_id, chunk_ids, sha)
        return chunk_ids

    async def add_vectors(
        self, set_id: UUID, chunk_ids: list[UUID], sha: str = SHA, provider: str = "mock-openai", version: str = "1"
    ) -> None:
        """Add a vector for each of these chunks with one statement."""
        await self.connection.execute(VECTORS, set_id, chunk_ids, sha, provider, version)

    async def run(self, statement: str, *values: Any) -> str:
        """Run a statement."""
        return str(await self.connection.execute(statement, *values))

    async def left(self, *sets: UUID) -> tuple[int, int]:
        """Return how many chunks and vectors these sets have."""
        return tuple(await self.connection.fetchrow(LEFT, sets))

    async def waits_for(self, other: Session) -> None:
        """Wait until the other session waits for a lock."""
        async with asyncio.timeout(15):
            while not await self.connection.fetchval(
                "SELECT cardinality(pg_blocking_pids($1)) > 0", other.connection.get_server_pid()
            ):
                pass


@pytest.fixture
async def sessions(shared_database_url: str) -> AsyncIterator[list[Session]]:
    """Three connections to one database."""
    opened = [await asyncpg.connect(shared_database_url) for _ in range(3)]
    await opened[0].execute(MAKER)
    yield [Session(connection) for connection in opened]
    for connection in opened:
        await connection.close()


@pytest.fixture
def session(sessions: list[Session]) -> Session:
    """One of them."""
    return sessions[0]


async def test_rows_of_what_is_not_there_are_refused(session: Session) -> None:
    """A chunk without its set, a vector without its chunk or of an unknown maker: one of many, and none is stored."""
    set_id = await session.open_set()
    chunk_ids = await session.add_chunks(set_id)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="chunks name 1 sets, of which only 0 are there"):
        await session.add_chunks(uuid4())
    stray = uuid4()
    with pytest.raises(asyncpg.ForeignKeyViolationError, match=f"the chunk {stray} of the set {set_id}"):
        await session.add_vectors(set_id, [*chunk_ids, stray])
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="the provider nobody, who was never entered"):
        await session.add_vectors(set_id, chunk_ids, provider="nobody")
    refused = await session.left(set_id)
    await session.add_vectors(set_id, chunk_ids)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="nobody"):
        await session.run("UPDATE upload_pipeline.document_vector_buffer SET provider = 'nobody'")

    assert ((3, 0), (3, 3)) == (refused, await session.left(set_id))


async def test_only_a_digest_is_a_digest(session: Session) -> None:
    """What is no SHA-256 in small hexadecimal digits is refused, as it was by the version before."""
    set_id = await session.open_set()
    chunk_ids = await session.add_chunks(set_id)
    for sha in NO_DIGESTS:
        with pytest.raises(asyncpg.CheckViolationError, match="document_chunk_buffer_sha_hex"):
            await session.add_chunks(set_id, sha=sha)
        with pytest.raises(asyncpg.CheckViolationError, match="document_vector_buffer_sha_hex"):
            await session.add_vectors(set_id, chunk_ids, sha=sha)

    assert (3, 0) == await session.left(set_id)


@pytest.mark.parametrize("deletion", DELETIONS)
async def test_deletions_take_along_what_hangs_on_it(session: Session, deletion: str) -> None:
    """With a document, a set or chunks go their vectors of every kind, and nobody else's."""
    sets = [await session.open_set() for _ in range(2)]
    for set_id in sets:
        chunk_ids = await session.add_chunks(set_id)
        await session.add_vectors(set_id, chunk_ids)
        await session.add_vectors(set_id, chunk_ids, version="2")
    await session.run(DELETIONS[deletion], sets[0])

    assert [(0, 0), (3, 6)] == [await session.left(set_id) for set_id in sets]


async def test_a_part_of_the_chunks_takes_its_own_vectors(session: Session) -> None:
    """Deleting one chunk leaves the vectors of the others."""
    set_id = await session.open_set()
    chunk_ids = await session.add_chunks(set_id)
    await session.add_vectors(set_id, chunk_ids)
    await session.run("DELETE FROM upload_pipeline.document_chunk_buffer WHERE chunk_id = $1", chunk_ids[0])

    assert (2, 2) == await session.left(set_id)


@pytest.mark.parametrize("table", EMPTIED)
async def test_an_emptied_table_leaves_no_orphans(session: Session, table: str) -> None:
    """TRUNCATE of what they hang on empties the tables of chunks and vectors as well."""
    set_id = await session.open_set()
    await session.add_vectors(set_id, await session.add_chunks(set_id))
    await session.run(f"TRUNCATE upload_pipeline.{table}")

    assert (0, 0) == await session.left(set_id)


@pytest.mark.parametrize(
    "change",
    ["chunk_sets SET set_id = $1", "document_chunk_buffer SET set_id = $1", "document_vector_buffer SET chunk_id = $1"],
)
async def test_rows_keep_what_they_were_made_for(session: Session, change: str) -> None:
    """No row can be moved away from what hangs on it, or from what it hangs on."""
    set_id = await session.open_set()
    await session.add_vectors(set_id, await session.add_chunks(set_id, 1))
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="keep the set and the chunk"):
        await session.run(f"UPDATE upload_pipeline.{change}", uuid4())


@pytest.mark.parametrize("deletion", DELETIONS)
async def test_a_deletion_waits_for_vectors_that_are_being_added(sessions: list[Session], deletion: str) -> None:
    """Vectors that were not yet committed when their document, set or chunks are deleted go with them."""
    worker, user, watch = sessions
    set_id = await worker.open_set()
    chunk_ids = await worker.add_chunks(set_id)
    async with worker.connection.transaction():
        await worker.add_vectors(set_id, chunk_ids)
        deleting = asyncio.create_task(user.run(DELETIONS[deletion], set_id))
        await watch.waits_for(user)
    await deleting

    assert (0, 0) == await watch.left(set_id)


@pytest.mark.parametrize("deletion", ["a document", "a set"])
async def test_a_deletion_waits_for_chunks_that_are_being_added(sessions: list[Session], deletion: str) -> None:
    """Chunks that were not yet committed when their set is deleted go with it, and so do their vectors."""
    worker, user, watch = sessions
    set_id = await worker.open_set()
    async with worker.connection.transaction():
        await worker.add_vectors(set_id, await worker.add_chunks(set_id))
        deleting = asyncio.create_task(user.run(DELETIONS[deletion], set_id))
        await watch.waits_for(user)
    await deleting

    assert (0, 0) == await watch.left(set_id)


@pytest.mark.parametrize("deletion", DELETIONS)
async def test_rows_wait_for_a_deletion_and_are_refused(sessions: list[Session], deletion: str) -> None:
    """Vectors wait for a deletion that has not ended, and then find nothing to hang on."""
    user, worker, watch = sessions
    set_id = await user.open_set()
    chunk_ids = await user.add_chunks(set_id)
    async with user.connection.transaction():
        await user.run(DELETIONS[deletion], set_id)
        adding = asyncio.create_task(worker.add_vectors(set_id, chunk_ids))
        await watch.waits_for(worker)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="the chunk"):
        await adding

    assert (0, 0) == await watch.left(set_id)


async def test_chunks_wait_for_the_deletion_of_their_set_and_are_refused(sessions: list[Session]) -> None:
    """Chunks of a set that is being deleted wait for that, and then find no set."""
    user, worker, watch = sessions
    set_id = await user.open_set()
    async with user.connection.transaction():
        await user.run(DELETIONS["a set"], set_id)
        adding = asyncio.create_task(worker.add_chunks(set_id))
        await watch.waits_for(worker)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="chunks name 1 sets"):
        await adding

    assert (0, 0) == await watch.left(set_id)


async def test_rows_stay_where_a_deletion_was_called_off(sessions: list[Session]) -> None:
    """Vectors that waited for a deletion that did not happen are stored."""
    user, worker, watch = sessions
    set_id = await user.open_set()
    chunk_ids = await user.add_chunks(set_id)
    deletion = user.connection.transaction()
    await deletion.start()
    await user.run(DELETIONS["chunks"], set_id)
    adding = asyncio.create_task(worker.add_vectors(set_id, chunk_ids))
    await watch.waits_for(worker)
    await deletion.rollback()
    await adding

    assert (3, 3) == await watch.left(set_id)


@pytest.mark.parametrize("level", ["repeatable_read", "serializable"])
async def test_a_view_of_the_past_writes_no_rows(session: Session, level: str) -> None:
    """Where a transaction could not see what others did meanwhile, it neither adds nor deletes, and says so."""
    set_id = await session.open_set()
    chunk_ids, empty = await session.add_chunks(set_id), await session.open_set()
    refused = []
    works: list[Callable[[], Awaitable[Any]]] = [
        lambda: session.add_chunks(empty),
        lambda: session.add_vectors(set_id, chunk_ids),
        *(partial(session.run, deletion, set_id) for deletion in DELETIONS.values()),
    ]
    for work in works:
        with pytest.raises(asyncpg.FeatureNotSupportedError, match="READ COMMITTED"):
            async with session.connection.transaction(isolation=level):
                await work()
        refused.append(await session.left(set_id, empty))

    assert [(3, 0)] * 5 == refused


async def test_rows_of_the_version_before_are_held_too(each_database_url: str) -> None:
    """What was written before the upgrade goes with its set after it; the way back brings the foreign keys back."""
    await asyncio.to_thread(migrate.downgrade, each_database_url, "0004")
    connection = await asyncpg.connect(each_database_url)
    session = Session(connection)
    try:
        await connection.execute(MAKER)
        sets = [await session.open_set() for _ in range(2)]
        for set_id in sets:
            await session.add_vectors(set_id, await session.add_chunks(set_id))
        await asyncio.to_thread(migrate.upgrade, each_database_url)
        await session.run(DELETIONS["a set"], sets[0])
        left = [await session.left(*sets)]
        await asyncio.to_thread(migrate.downgrade, each_database_url, "0004")
        with pytest.raises(asyncpg.ForeignKeyViolationError, match="document_vector_buffer_of_a_chunk"):
            await session.add_vectors(sets[0], [uuid4()])
        await session.run(DELETIONS["a set"], sets[1])
        left.append(await session.left(*sets))
    finally:
        await connection.close()

    assert [(3, 3), (0, 0)] == left
