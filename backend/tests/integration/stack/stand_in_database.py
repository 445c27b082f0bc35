"""A small program that stands in for a service at the database of DATABASE_URL: `stand_in_database.py KIND`.

It is one of its own, as those that have no use for the database are not to wait for its driver.
"""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg

TABLE = """
create schema if not exists upload_pipeline;
create table if not exists upload_pipeline.workers (
    worker_id text primary key, pid int, heartbeat_at timestamptz, state text
);
"""
BEAT = """
insert into upload_pipeline.workers values ($1, $2, now(), 'running')
on conflict (worker_id) do update set pid = $2, heartbeat_at = now()
"""


def migrate() -> None:
    """Create the table of heartbeats."""
    asyncio.run(_migrate())


async def _migrate() -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    await connection.execute(TABLE)
    await connection.close()


def worker() -> None:
    """Beat into the database of DATABASE_URL, and reconnect when it comes back."""
    asyncio.run(_beat_for_ever())


async def _beat_for_ever() -> None:
    while True:
        try:
            connection = await asyncpg.connect(os.environ["DATABASE_URL"])
            while True:
                await connection.execute(BEAT, os.environ["ACCESSA_SERVICE"], os.getpid())
                await asyncio.sleep(0.2)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    {"migrate": migrate, "worker": worker}[sys.argv[1]]()
