"""Texts that were paid for before: found among the user's own, however many others have the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from backend.tests.integration.store.stored_jobs import MODEL, make

from accessa.store.statements import load

MANY = 100
OWNERS = """
UPDATE upload_pipeline.document_chunk_buffer c SET user_id = j.user_id
FROM upload_pipeline.upload_jobs j WHERE j.document_id = c.document_id AND j.job_id = ANY ($1)
"""
GIVEN_AWAY = """
WITH given AS (
    UPDATE upload_pipeline.upload_jobs SET user_id = (SELECT user_id FROM upload_pipeline.upload_jobs WHERE job_id = $2)
    WHERE job_id = $1
    RETURNING document_id, user_id
)
UPDATE upload_pipeline.documents d SET user_id = given.user_id, file_sha256 = repeat('1', 64)
FROM given WHERE d.document_id = given.document_id
"""
LOOKED_AT = "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'document_chunk_buffer'"


async def copied(connection: Any, job: UUID) -> int:
    """Take known vectors over for a job's set, and return how many."""
    user = await connection.fetchval("SELECT user_id FROM upload_pipeline.upload_jobs WHERE job_id = $1", job)
    rows = await connection.fetch(load("copy_known_vectors"), [job], [user], MODEL, "1", "accessa")
    return sum(row["vectors"] for row in rows)


async def test_what_others_have_in_common_is_not_looked_through(connection: Any) -> None:
    """A hundred users have the text of a new document: for its one user no row of theirs is read."""
    jobs = await make(connection, MANY)
    await connection.execute(OWNERS, jobs)
    await connection.execute("DELETE FROM upload_pipeline.document_vector_buffer WHERE set_id = $1", jobs[0])
    async with connection.transaction():
        before = await connection.fetchval(LOOKED_AT)
        vectors = await copied(connection, jobs[0])
        read = await connection.fetchval(LOOKED_AT) - before

    assert 0 == vectors
    assert read < MANY / 2


@pytest.mark.parametrize("told", [True, False])
async def test_a_text_of_the_same_user_is_found(connection: Any, *, told: bool) -> None:
    """What the user's other document has is taken over, also from a version that did not write down whose it is."""
    first, second = await make(connection, 2)
    await connection.execute(GIVEN_AWAY, first, second)
    await connection.execute(OWNERS, [first, second] if told else [first])
    await connection.execute("DELETE FROM upload_pipeline.document_vector_buffer WHERE set_id = $1", first)

    assert 2 == await copied(connection, first)
