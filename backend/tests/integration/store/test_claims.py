"""Claims: fair between users, careful with the dead, and patient before a provider that takes no calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from pydantic import SecretStr

from accessa.domain.job import Job
from accessa.settings import DatabaseSettings
from accessa.store import workers
from accessa.store.database import Database
from accessa.store.jobs import Turns, claim_jobs

LEASE = 60.0
ALICE, BOB, CARA = (UUID(int=number) for number in (1, 2, 3))
PROVIDER = "openai"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A fresh database without any job."""
    opened = Database(DatabaseSettings(url=SecretStr(database_url)))
    yield opened
    await opened.close()


async def run(database: Database, sql: str, *arguments: Any) -> None:
    """Run one statement."""
    async with database.connection() as connection:
        await connection.execute(sql, *arguments)


async def insert_jobs(
    database: Database, user: UUID, count: int, *, due_in: str = "0", priority: int = 0, waits_for: str = ""
) -> None:
    """Give a user `count` new jobs, due after `due_in` seconds (an expression of the number n)."""
    await run(
        database,
        f"""
        WITH documents AS (
            INSERT INTO upload_pipeline.documents
                (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
            SELECT gen_random_uuid(), $1, 'a.txt', 'text/plain', 1,
                encode(sha256(gen_random_uuid()::text::bytea), 'hex'), 'storage://raw/x'
            FROM generate_series(1, $2)
            RETURNING document_id
        )
        INSERT INTO upload_pipeline.upload_jobs
            (job_id, document_id, user_id, raw_path, priority, waits_for, available_at)
        SELECT gen_random_uuid(), document_id, $1, 'storage://raw/x', $3, $4, now() + ({due_in}) * interval '1 second'
        FROM (SELECT document_id, row_number() OVER () AS n FROM documents) numbered
        """,
        user,
        count,
        priority,
        waits_for,
    )


async def claim(database: Database, owner: str = "w", limit: int = 1, **choice: Any) -> list[Job]:
    """Claim jobs."""
    return await claim_jobs(database, owner=owner, lease_seconds=LEASE, limit=limit, **choice)


async def expire(database: Database, seconds: float = 0) -> None:
    """Let every lease run out, so many seconds ago."""
    await run(
        database,
        "UPDATE upload_pipeline.upload_jobs SET available_at = now() - make_interval(secs => $1)"
        " WHERE lease_owner IS NOT NULL",
        seconds,
    )


async def beat(database: Database, worker: str, *, seconds_ago: float = 0, state: str = "running") -> None:
    """Give a sign of life of a worker."""
    await workers.beat(database, worker_id=worker, host="h", pid=1, state=state, jobs_in_hand=0, version="0")
    await run(
        database,
        "UPDATE upload_pipeline.workers SET heartbeat_at = now() - make_interval(secs => $2) WHERE worker_id = $1",
        worker,
        seconds_ago,
    )


@pytest.mark.fault("O2", "one user has 10,000 jobs due, another one", "the other's is next", "L6")
async def test_a_lone_job_is_not_behind_ten_thousand_of_another_user(database: Database) -> None:
    """Whoever has nothing in hand is next, however many jobs of another user have been due for longer."""
    await insert_jobs(database, ALICE, 10_000, due_in="-n")
    busy = Turns()
    await claim(database, limit=4, turns=busy)
    await insert_jobs(database, BOB, 1)

    assert BOB == (await claim(database, turns=busy))[0].user_id


async def test_a_lone_job_is_found_among_users_whose_jobs_are_not_due(database: Database) -> None:
    """One due job is found at once among thousands that wait, whoever they belong to."""
    await insert_jobs(database, ALICE, 3000, due_in="3600")
    await run(database, "UPDATE upload_pipeline.upload_jobs SET user_id = gen_random_uuid()")
    await insert_jobs(database, BOB, 1)

    assert [BOB] == [job.user_id for job in await claim(database, limit=4)]


async def test_a_crowd_of_due_jobs_hides_nobody_for_long(database: Database) -> None:
    """Where one user fills the head of the line, some claims later everybody has been looked for."""
    await insert_jobs(database, ALICE, 500, due_in="-n")
    await insert_jobs(database, CARA, 400, due_in="3600")
    await run(database, "UPDATE upload_pipeline.upload_jobs SET user_id = gen_random_uuid() WHERE user_id = $1", CARA)
    last = UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
    await insert_jobs(database, last, 1)
    turns = Turns()
    claims = [(await claim(database, turns=turns, limit=2))[0].user_id for _ in range(5)]

    assert last in claims


async def test_a_large_claim_is_shared_among_users(database: Database) -> None:
    """Where one user fills the head of the line, a claim of many jobs still gives another one as many."""
    await insert_jobs(database, ALICE, 1000, due_in="-1000 - n")
    await insert_jobs(database, BOB, 300, due_in="-n")
    claimed = [job.user_id for job in await claim(database, limit=256)]

    assert (128, 128) == (claimed.count(ALICE), claimed.count(BOB))


async def test_one_user_may_have_all_of_a_large_claim(database: Database) -> None:
    """Where nobody else has anything due, a claim is as large as was asked for."""
    await insert_jobs(database, ALICE, 300, due_in="-n")

    assert [256, 44] == [len(await claim(database, limit=256)) for _ in range(2)]


async def test_a_lease_may_be_of_any_length(database: Database) -> None:
    """A lease of three quarters of a second is neither none at all nor a whole one."""
    await insert_jobs(database, ALICE, 1)
    await claim_jobs(database, owner="w", lease_seconds=0.75, limit=1)
    async with database.connection() as connection:
        lease = await connection.fetchval("SELECT available_at - updated_at FROM upload_pipeline.upload_jobs")

    assert 0.75 == lease.total_seconds()


async def test_users_take_turns(database: Database) -> None:
    """Every user gets a first job before anybody gets a second one, and the next claim goes on where this one ended."""
    for user in (ALICE, BOB, CARA):
        await insert_jobs(database, user, 3, due_in="-n")
    turns = Turns()
    claims = [(await claim(database, turns=turns))[0].user_id for _ in range(4)]
    await run(database, "UPDATE upload_pipeline.upload_jobs SET lease_owner = NULL, available_at = now()")
    claims += [(await claim(database, turns=turns))[0].user_id]

    assert [ALICE, BOB, CARA, ALICE, BOB] == claims


async def test_a_user_has_no_more_jobs_in_hand_than_the_cap(database: Database) -> None:
    """What all workers hold of a user counts; an expired lease is nobody's hand."""
    await insert_jobs(database, ALICE, 9)
    first = await claim(database, "a", 2, jobs_per_user=3)
    second = await claim(database, "b", 9, jobs_per_user=3)
    third = await claim(database, "c", 9, jobs_per_user=3)
    await expire(database)
    fourth = await claim(database, "c", 9, jobs_per_user=3)

    assert [2, 1, 0, 3] == [len(jobs) for jobs in (first, second, third, fourth)]


async def test_a_higher_priority_comes_first(database: Database) -> None:
    """Jobs that their user has put back are taken when nothing else is due."""
    await insert_jobs(database, ALICE, 1, due_in="-100", priority=-10)
    await insert_jobs(database, BOB, 2)

    assert [BOB, BOB, ALICE] == [job.user_id for job in await claim(database, limit=5)]


@pytest.mark.parametrize(
    ("owner", "silent_for", "state", "crashes"),
    [
        ("another", None, "", 1),
        ("another", LEASE, "running", 1),
        ("another", 1, "running", 0),
        ("another", 3600, "stopped", 0),
        ("w", None, "", 0),
    ],
    ids=["unknown owner", "silent owner", "living owner", "stopped owner", "own lease"],
)
async def test_only_a_death_counts_as_a_crash(
    database: Database, owner: str, silent_for: float | None, state: str, crashes: int
) -> None:
    """A lease that ran out tells of a death only where the owner is not known to live, or to have ended well."""
    await insert_jobs(database, ALICE, 1)
    await claim(database, owner)
    if silent_for is not None:
        await beat(database, owner, seconds_ago=silent_for, state=state)
    await expire(database)
    [job] = await claim(database, "w")
    async with database.connection() as connection:
        payload = await connection.fetchval(
            "SELECT payload FROM upload_pipeline.events WHERE code = 'LEASE_EXPIRED' AND job_id = $1", job.job_id
        )

    assert (crashes, 2) == (job.crash_count, job.lease_epoch)
    assert {"worker": "w", "held_by": owner, "crash": bool(crashes), "crashes": crashes} == payload


async def test_a_job_that_was_never_begun_counts_no_crash(database: Database) -> None:
    """A suspect that its owner had only set aside is no more suspect after the owner's death."""
    await insert_jobs(database, ALICE, 1)
    jobs = []
    for owner in ("a", "b", "c", "d"):
        jobs += await claim(database, owner)
        await expire(database)

    assert [(0, False), (1, False), (2, True), (2, True)] == [(job.crash_count, job.set_aside) for job in jobs]


async def shut(database: Database, **gate: Any) -> None:
    """Put the provider's gate into a state: columns and their values."""
    await run(database, "INSERT INTO upload_pipeline.providers (provider) VALUES ($1) ON CONFLICT DO NOTHING", PROVIDER)
    await run(database, "DELETE FROM upload_pipeline.provider_gates")
    columns = ", ".join(("provider", *gate))
    values = ", ".join(str(value) for value in gate.values())
    await run(database, f"INSERT INTO upload_pipeline.provider_gates ({columns}) VALUES ('{PROVIDER}', {values})")


OPEN = {"state": "'open'", "reason": "'X'", "opened_at": "now()"}
RATED = {"requests_per_minute": 60, "requests_left": 2, "tokens_per_minute": 1000, "tokens_left": 1000}


@pytest.mark.parametrize(
    ("gate", "taken"),
    [
        (OPEN | {"probe_at": "now() + interval '1 minute'"}, 0),
        (OPEN | {"probe_at": "now() - interval '1 minute'"}, 1),
        ({"paused_until": "now() + interval '1 minute'"}, 0),
        (RATED, 2),
        (RATED | {"tokens_asked": 700}, 1),
        ({"last_success_at": "now()"}, 5),
    ],
    ids=[
        "open circuit",
        "probe due",
        "paused",
        "room for two requests",
        "room for the tokens of one",
        "closed circuit",
    ],
)
async def test_jobs_before_a_gate_are_claimed_as_it_lets_them_through(
    database: Database, gate: dict[str, Any], taken: int
) -> None:
    """Jobs that wait at a provider's gate are not claimed in vain: none while it is shut, else as many as may pass."""
    await insert_jobs(database, ALICE, 5, waits_for=PROVIDER)
    await shut(database, **gate)

    assert taken == len(await claim(database, limit=9))


async def test_jobs_that_wait_at_a_gate_hold_up_nobody_else(database: Database) -> None:
    """Thousands of jobs before a shut gate are passed over without being looked at."""
    await insert_jobs(database, ALICE, 2000, waits_for=PROVIDER)
    await insert_jobs(database, ALICE, 1)
    await shut(database, **OPEN, probe_at="now() + interval '1 minute'")

    assert 1 == len(await claim(database, limit=4))


async def test_a_crowd_before_a_narrow_gate_leaves_room_for_everybody_else(database: Database) -> None:
    """Of hundreds that wait at a gate for one call only one is claimed, and the other hands go to other jobs."""
    for priority in (1, 2, 3):
        await insert_jobs(database, ALICE, 130, priority=priority, waits_for=PROVIDER)
    await insert_jobs(database, BOB, 4)
    await shut(database, **OPEN, probe_at="now()")
    claimed = await claim(database, limit=4)

    assert [ALICE, BOB, BOB, BOB] == [job.user_id for job in claimed]
