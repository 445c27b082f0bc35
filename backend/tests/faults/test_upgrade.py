"""Row D13: the schema changes while workers run; what they can work on they go on with, for the rest they wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest
from structlog.testing import capture_logs

from accessa.apps.worker.loop_watch import LoopWatch
from accessa.apps.worker.loops import Heartbeat
from accessa.domain.errors import RecoverableError
from accessa.store import migrate
from accessa.store.schema_version import HEAD, LiveSchema

if TYPE_CHECKING:
    from backend.tests.house import House

Logs: TypeAlias = list[MutableMapping[str, Any]]
NEXT = "9001"
PATIENCE_SECONDS = 30
TEXT = b"# A policy\n\nWater that escapes from a pipe is covered.\n"


async def change_schema(house: House, *statements: str) -> None:
    """Change the live schema as a migration would: in one transaction, begun anew when somebody holds a table."""
    connection = await asyncpg.connect(house.settings.database.url.get_secret_value())
    try:
        while not await _changed(connection, statements):
            pass
    finally:
        await connection.close()


async def _changed(connection: Any, statements: Sequence[str]) -> bool:
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '2s'")
            for statement in statements:
                await connection.execute(statement)
    except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
        return False
    return True


def revision(name: str) -> str:
    """Return the statement that says which revision the schema has."""
    return f"UPDATE public.accessa_alembic_version SET version_num = '{name}'"


def oldest(name: str) -> str:
    """Return the statement that says which revision the oldest code may be that still works."""
    return f"UPDATE upload_pipeline.deployment SET works_since = '{name}'"


async def told(logs: Logs, is_it: Callable[[Mapping[str, Any]], bool]) -> Mapping[str, Any]:
    """Wait for a line of the log."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (found := [line for line in logs if is_it(line)]):
            await asyncio.sleep(0.02)
    return found[0]


@pytest.mark.fault(
    "D13", "a migration expands the schema while workers run", "they go on; nothing counted", "L1, S1, S16"
)
async def test_workers_go_on_while_the_schema_is_expanded(house: House) -> None:
    """New columns and a newer revision under running workers cost no document, no attempt and no crash."""
    async with house.worker(heartbeat_seconds=0.05):
        before = [await house.upload(TEXT + str(number).encode(), f"{number}.md") for number in range(4)]
        await house.ended(before[0]["job_id"])
        await change_schema(
            house,
            "ALTER TABLE upload_pipeline.upload_jobs ADD COLUMN of_the_next_version integer NOT NULL DEFAULT 0",
            "ALTER TABLE upload_pipeline.documents ADD COLUMN of_the_next_version text",
            revision(NEXT),
        )
        after = [await house.upload(TEXT + str(number).encode(), f"{number}.md") for number in range(10, 14)]
        ended = [await house.ended(job["job_id"]) for job in (*before, *after)]

    assert [("complete", 0, 0)] * 8 == [(job["status"], job["retry_count"], job["crash_count"]) for job in ended]


@pytest.mark.fault(
    "D13", "an old worker meets a schema it does not know", "it idles with one message and claims nothing", "L1"
)
async def test_a_worker_that_is_too_old_idles_and_says_so(house: House) -> None:
    """Once the schema has given up what a worker needs, it claims nothing more, until it fits again."""
    with capture_logs() as logs:
        async with house.worker(heartbeat_seconds=0.05):
            await house.ended((await house.upload(TEXT, "first.md"))["job_id"])
            await change_schema(house, revision(NEXT), oldest(NEXT))
            line = await told(logs, lambda entry: entry.get("code") == "SCHEMA_UNKNOWN")
            waiting = await house.upload(TEXT + b"\nmore\n", "second.md")
            # A look at the queue is over when the next beat has been written.
            untouched = await house.job(waiting["job_id"])
            claims = await house.rows(
                "SELECT FROM upload_pipeline.events WHERE type = 'claimed' AND job_id = $1", waiting["job_id"]
            )
            await change_schema(house, revision(HEAD), oldest(HEAD))
            ended = await house.ended(waiting["job_id"])

    assert ("uploaded", 0) == (untouched["status"], len(claims))
    assert f"The schema is {NEXT}, newer than this version takes ({HEAD}): deploy the newer version." == line["message"]
    assert ("complete", 0) == (ended["status"], ended["retry_count"])


@pytest.mark.fault("D13", "a worker starts before the migration", "it waits, and works once the schema is there", "L1")
async def test_a_worker_that_is_early_begins_after_the_migration(house: House) -> None:
    """Documents of the version before are carried on by a worker that was there first, once the schema is migrated."""
    accepted = await house.upload(TEXT, "early.md")
    url = house.settings.database.url.get_secret_value()
    await asyncio.to_thread(migrate.downgrade, url, "0003")
    with capture_logs() as logs:
        async with house.worker(heartbeat_seconds=0.05):
            await told(logs, lambda entry: entry.get("code") == "SCHEMA_UNKNOWN")
            await asyncio.to_thread(migrate.upgrade, url)
            ended = await house.ended(accepted["job_id"])

    assert ("complete", 0) == (ended["status"], ended["retry_count"])


async def test_a_sign_of_life_that_the_older_schema_refuses_is_not_the_last_one(house: House) -> None:
    """A worker that waits for its schema, held up meanwhile, goes on to give signs of life and is seen afterwards."""
    url = house.settings.database.url.get_secret_value()
    await asyncio.to_thread(migrate.downgrade, url, "0003")
    async with house.services() as services:
        watch = LoopWatch(limit_seconds=0)
        heartbeat = Heartbeat(
            services.database, house.settings.worker, "early", lambda: 0, watch, timings=services.timings
        )
        await heartbeat.beat()
        before = await house.rows("SELECT state FROM upload_pipeline.workers")
        await asyncio.to_thread(migrate.upgrade, url)
        await heartbeat.beat()
        after = await house.rows("SELECT state FROM upload_pipeline.workers")

    assert ([], ["stalled"]) == (before, [row["state"] for row in after])


async def test_a_migration_does_not_wait_behind_a_long_transaction(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that somebody holds is left after two seconds, so that nobody queues behind; the schema is untouched."""
    url = house.settings.database.url.get_secret_value()
    await asyncio.to_thread(migrate.downgrade, url, "0003")
    monkeypatch.setattr(migrate, "_TRIES", 1)
    holder = await asyncpg.connect(url)
    try:
        async with holder.transaction():
            await holder.execute("SELECT FROM upload_pipeline.deployment")
            with pytest.raises(RecoverableError) as refused:
                await asyncio.to_thread(migrate.upgrade, url)
        monkeypatch.undo()
        reached = await asyncio.to_thread(migrate.upgrade, url)
    finally:
        await holder.close()

    assert ("MIGRATION_BLOCKED", HEAD) == (refused.value.code, reached)


@pytest.mark.parametrize(
    ("revision", "works_since", "fits"),
    [
        (HEAD, "0003", True),
        (HEAD, None, True),
        ("9001", HEAD, True),
        ("9001", "0003", True),
        ("9001", "9001", False),
        ("9001", None, False),
        ("0003", None, False),
        (None, None, False),
    ],
)
def test_what_a_version_can_work_on(revision: str | None, works_since: str | None, *, fits: bool) -> None:
    """A version works on its own schema, and on a newer one that says it may; never on an older one."""
    assert fits is LiveSchema(revision, works_since).fits
