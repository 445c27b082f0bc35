"""Search through an index finds what is live, at once and nothing else, however far the index lags behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from backend.tests.live_sets import (
    KIND,
    LiveSet,
    Matrix,
    add_vectors,
    connect,
    fill,
    give_index,
    make_live,
    publish,
    vectors,
)
from pydantic import SecretStr

from accessa.providers.vector_wire import to_wire, vector_sha
from accessa.settings import DatabaseSettings
from accessa.store.audit import run_checks
from accessa.store.database import Database
from accessa.store.search import Question, nearest_chunks
from accessa.store.search_build import build, claim_build
from accessa.store.search_index import (
    SearchIndex,
    VectorKind,
    create_index,
    drop_index,
    find_index,
    index_turn,
    needless_indexes,
    users_without_index,
)
from accessa.store.search_recall import measure_recall
from accessa.store.search_report import list_indexes
from accessa.store.statements import load

SIZE = 250
LIMIT = 20
COPIES = "SELECT count(*) FROM upload_pipeline.indexed_vectors"
CHANGE = "UPDATE upload_pipeline.document_vector_buffer SET vector = $2, vector_sha = $3 WHERE chunk_id = $1"
CHECKS = ["s22a_copies_are_of_live_sets", "s22b_copies_are_unaltered", "s22c_copies_are_whole"]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Any]:
    """A connection to the test's own database."""
    opened = await connect(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def database(database_url: str, connection: Any) -> AsyncIterator[Database]:
    """The same database as the product opens it."""
    del connection
    opened = Database(DatabaseSettings(url=SecretStr(database_url)))
    yield opened
    await opened.close()


@pytest.fixture
def user() -> UUID:
    """Somebody with many vectors."""
    return uuid4()


@pytest.fixture
async def live(connection: Any, database: Database, user: UUID) -> LiveSet:
    """A document of the user, all of it in the user's index."""
    made = await publish(connection, user, vectors(SIZE))
    await give_index(database, user)
    return made


async def found(database: Database, user: UUID, matrix: Matrix, kind: VectorKind = KIND) -> list[UUID]:
    """Return the chunks that a search for the first vector finds, best first."""
    rows = await nearest_chunks(database, Question(user, to_wire(matrix[:1])[0], kind, LIMIT))
    return [row["chunk_id"] for row in rows]


async def test_an_index_finds_what_comparing_all_finds(database: Database, live: LiveSet) -> None:
    """Nearly all of the nearest passages are found through the index, with their exact similarity."""
    [report] = await list_indexes(database)
    measured = await measure_recall(database, report, questions=20, limit=LIMIT)

    assert (SIZE, SIZE, 1, 1) == (report.vectors, report.copied, report.documents, report.documents_complete)
    assert len(live.chunk_ids) == SIZE
    assert measured is not None
    assert 20 == measured.questions
    assert measured.of_first > 0.95
    assert measured.of_all > 0.9


async def test_the_similarity_is_that_of_the_vectors_as_bought(database: Database, user: UUID, live: LiveSet) -> None:
    """An answer through the index tells the same similarities as one without, to the last digit."""
    question = Question(user, to_wire(vectors(1, seed=5))[0], KIND, LIMIT)
    rows = [await nearest_chunks(database, question, through_index=through) for through in (True, False)]
    [indexed, exact] = [{row["chunk_id"]: row["similarity"] for row in answer} for answer in rows]

    assert set(indexed) <= set(live.chunk_ids)
    assert {exact[chunk] for chunk in indexed.keys() & exact.keys()} == {
        indexed[chunk] for chunk in indexed.keys() & exact.keys()
    }


async def test_the_planner_takes_the_index(connection: Any, database: Database, user: UUID, live: LiveSet) -> None:
    """The vectors of the index are read in its order, and those of complete sets are not all compared."""
    del live
    async with database.transaction() as lent:
        index = await find_index(lent, user, KIND)
        assert index is not None
        await lent.execute(load("prefer_search_index"), to_wire(vectors(1))[0], 40)
        rows = await lent.fetch(
            f"EXPLAIN {index.fill('search_indexed_chunks', most=LIMIT)}",
            *(user, to_wire(vectors(1))[0], KIND.model, KIND.version, KIND.provider, LIMIT),
        )
    plan = "\n".join(row[0] for row in rows)

    assert f"Index Scan using indexed_vectors_{index.index_id}_nearest" in plan
    assert f"indexed_vectors_{index.index_id}_pkey" not in plan
    assert SIZE == await connection.fetchval(COPIES)


async def test_what_is_not_in_the_index_yet_is_found(
    connection: Any, database: Database, user: UUID, live: LiveSet
) -> None:
    """A passage published a moment ago is found, and so is one of a set of which the index has only a part."""
    new = await publish(connection, user, vectors(30, seed=1))
    at_once = await found(database, user, vectors(30, seed=1))
    copied = await fill(database, most=10)
    half_way = [await found(database, user, vectors(30, seed=1)[place:]) for place in range(30)]
    await fill(database)

    assert new.chunk_ids[0] == at_once[0]
    assert new.chunk_ids == [answer[0] for answer in half_way]
    assert [LIMIT] * 30 == [len(set(answer)) for answer in half_way]
    assert 10 == copied
    assert SIZE + 30 == await connection.fetchval(COPIES)
    assert new.chunk_ids[0] == (await found(database, user, vectors(30, seed=1)))[0]
    assert live.chunk_ids[0] == (await found(database, user, vectors(SIZE)))[0]


async def test_a_deleted_document_is_gone_at_once(
    connection: Any, database: Database, user: UUID, live: LiveSet
) -> None:
    """What was deleted is not found, and the index keeps no copy of it."""
    other = await publish(connection, user, vectors(200, seed=2))
    await fill(database)
    await connection.execute("DELETE FROM upload_pipeline.documents WHERE document_id = $1", live.document_id)

    assert set(await found(database, user, vectors(SIZE))) <= set(other.chunk_ids)
    assert LIMIT == len(await found(database, user, vectors(SIZE)))
    assert 200 == await connection.fetchval(COPIES)


async def test_sets_are_never_mixed_while_the_index_lags(
    connection: Any, database: Database, user: UUID, live: LiveSet
) -> None:
    """When another model's vectors become live, no search compares the old copies any more, and none is kept."""
    newer = VectorKind("m", "2", KIND.provider, KIND.dimensions)
    await add_vectors(connection, live, vectors(SIZE, seed=3), newer)
    before = await found(database, user, vectors(SIZE))
    await make_live(connection, live, newer)

    assert live.chunk_ids[0] == before[0]
    assert [] == await found(database, user, vectors(SIZE))
    assert live.chunk_ids[0] == (await found(database, user, vectors(SIZE, seed=3), newer))[0]
    assert 0 == await connection.fetchval(COPIES)


async def test_a_vector_that_changes_is_copied_anew(
    connection: Any, database: Database, user: UUID, live: LiveSet
) -> None:
    """A vector that was bought again is found as it is now, before and after it is copied."""
    wire = to_wire(vectors(1, seed=4))[0]
    await connection.execute(CHANGE, live.chunk_ids[7], wire, vector_sha(wire))
    before = await found(database, user, vectors(1, seed=4))
    copied = await fill(database)

    assert SIZE == copied
    assert [live.chunk_ids[7]] * 2 == [before[0], (await found(database, user, vectors(1, seed=4)))[0]]
    assert [] == [str(finding) for finding in await run_checks(database, names=CHECKS)]


async def test_the_index_waits_for_nobody(connection: Any, database: Database, user: UUID, live: LiveSet) -> None:
    """A document or vector that somebody is changing is left for later, so that neither waits for the other."""
    new = await publish(connection, user, vectors(30, seed=1))
    await fill(database, most=10)
    async with connection.transaction():
        await connection.execute(CHANGE, new.chunk_ids[0], to_wire(vectors(1))[0], "0" * 64)
        changing = await fill(database)
    newest = await publish(connection, user, vectors(30, seed=2))
    async with connection.transaction():
        await make_live(connection, newest, KIND)
        held = await fill(database)

    assert [0, 30, 30] == [changing, held, await fill(database)]
    assert len(live.chunk_ids) == SIZE


async def test_only_one_worker_at_a_time_sees_to_the_indexes(database: Database) -> None:
    """While one worker is at it, another one leaves the indexes alone."""
    async with index_turn(database) as mine, index_turn(database) as other:
        pass
    async with index_turn(database) as later:
        pass

    assert (True, True, True) == (mine is not None, other is None, later is not None)


async def test_a_stranger_finds_nothing_of_it(database: Database, connection: Any, live: LiveSet) -> None:
    """An index belongs to one user; another one's search does not see it, with an index or without."""
    stranger = uuid4()
    own = await publish(connection, stranger, vectors(50, seed=9))
    without = await found(database, stranger, vectors(SIZE))
    await give_index(database, stranger)

    assert set(without) | set(await found(database, stranger, vectors(SIZE))) <= set(own.chunk_ids)
    assert SIZE == len(live.chunk_ids)


async def test_users_with_many_vectors_get_an_index_and_lose_it_with_them(
    connection: Any, database: Database, user: UUID, live: LiveSet
) -> None:
    """Whoever has enough vectors and no index is named; an index of somebody with too few is not needed."""
    other = uuid4()
    await publish(connection, other, vectors(60, seed=1))
    async with index_turn(database) as turn:
        lacking = [await users_without_index(turn, KIND, least=least) for least in (60, 61)]
        needless = [await needless_indexes(turn, least=least) for least in (SIZE, SIZE + 1, None)]
        await drop_index(turn, needless[-1][0])

    assert [[other], []] == lacking
    assert ([], 1, 1) == (needless[0], len(needless[1]), len(needless[2]))
    assert live.chunk_ids[0] == (await found(database, user, vectors(SIZE)))[0]
    assert [] == await list_indexes(database)
    assert 0 == await connection.fetchval(COPIES)


async def test_an_index_that_gives_too_little_is_passed_over(
    connection: Any, database: Database, user: UUID, live: LiveSet
) -> None:
    """When the index has not as many candidates as were asked for, all vectors are compared."""
    await connection.execute(
        "DELETE FROM upload_pipeline.indexed_vectors WHERE NOT chunk_id = ANY ($1)", live.chunk_ids[1:LIMIT]
    )

    assert live.chunk_ids[0] == (await found(database, user, vectors(SIZE)))[0]


async def test_a_database_without_half_precision_has_indexes_too(
    connection: Any, database: Database, user: UUID
) -> None:
    """Where the extension is too old for halfvec, the copies are as the vectors are."""
    await connection.execute("ALTER TABLE upload_pipeline.indexed_vectors ALTER COLUMN vector TYPE vector")
    live = await publish(connection, user, vectors(SIZE))
    index_id = await give_index(database, user)
    async with database.connection() as lent:
        index = await find_index(lent, user, KIND)

    assert SearchIndex(index_id, KIND.dimensions, "vector") == index
    assert live.chunk_ids[0] == (await found(database, user, vectors(SIZE)))[0]
    assert [] == [str(finding) for finding in await run_checks(database, names=CHECKS)]


async def test_an_index_is_built_when_all_is_copied(
    connection: Any, database: Database, database_url: str, user: UUID
) -> None:
    """Searches compare all until it is built, which one worker does when nothing is left to copy; then it grows."""
    live = await publish(connection, user, vectors(SIZE))
    async with index_turn(database) as turn:
        index_id = await create_index(turn, user, KIND, built_later=True)
    claimed = [await claim(database, index_id)]
    await fill(database)
    claimed += [await claim(database, index_id), await claim(database, index_id)]
    [before] = await list_indexes(database)
    exact = await found(database, user, vectors(SIZE))
    await build(database, DatabaseSettings(url=SecretStr(database_url)), claimed[1])
    claimed.append(await claim(database, index_id))
    await publish(connection, user, vectors(10, seed=1))
    [after] = await list_indexes(database)

    assert [False, True, False, False] == [bool(claim) for claim in claimed]
    assert ([False, True], 10) == ([before.built, after.built], await fill(database))
    assert live.chunk_ids[0] == exact[0] == (await found(database, user, vectors(SIZE)))[0]


async def test_a_build_that_was_cut_short_is_begun_anew(
    connection: Any, database: Database, database_url: str, user: UUID
) -> None:
    """What a worker has left that died while it built is removed by the next one, when its time is over."""
    await publish(connection, user, vectors(SIZE))
    index_id = await give_index(database, user, built_later=True)
    index = await claim(database, index_id)
    await connection.execute(index.fill("build_nearest_index"))
    await connection.execute(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid ="
        f" 'upload_pipeline.indexed_vectors_{index_id}_nearest'::regclass"
    )
    await connection.execute(load("end_index_build"), index_id)
    [left] = await list_indexes(database)
    await build(database, DatabaseSettings(url=SecretStr(database_url)), await claim(database, index_id))
    [after] = await list_indexes(database)

    assert [False, True] == [left.built, after.built]


async def claim(database: Database, index_id: int) -> Any:
    """Take an index on, as a worker does."""
    async with index_turn(database) as turn:
        return await claim_build(turn, index_id)
