"""Troubles that Postgres itself makes at a chosen row: each is met a number of times, rollbacks included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from backend.tests.house import House

CRASH = "57P01"
HANG = "hang"
_FOUNDATION = (
    "CREATE SCHEMA faults",
    "CREATE TABLE faults.planted (document_id uuid, place text, sqlstate text, times bigint, met regclass)",
    """
    CREATE FUNCTION faults.meet() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE planted faults.planted;
    BEGIN
        FOR planted IN SELECT * FROM faults.planted p WHERE p.document_id = NEW.document_id
            AND p.place IN (TG_TABLE_NAME, to_jsonb(NEW) ->> 'to_status') LOOP
            IF nextval(planted.met) - 1 <= planted.times THEN
                IF planted.sqlstate = '57P01' THEN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                ELSIF planted.sqlstate = 'hang' THEN
                    PERFORM pg_sleep(60);
                ELSE
                    RAISE EXCEPTION 'planted' USING ERRCODE = planted.sqlstate;
                END IF;
            END IF;
        END LOOP;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER planted BEFORE INSERT ON upload_pipeline.events FOR EACH ROW WHEN (NEW.type = 'transition')
    EXECUTE FUNCTION faults.meet()
    """,
    """
    CREATE TRIGGER planted BEFORE INSERT ON upload_pipeline.document_vector_buffer FOR EACH ROW
    EXECUTE FUNCTION faults.meet()
    """,
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error by its SQLSTATE, or a hang, met at a status or at the first row of a table, so many times."""

    sqlstate: str
    place: str
    times: int = 1


async def plant(house: House, troubles: Mapping[str, Trouble]) -> None:
    """Plant one trouble a document, by the document's id."""
    for statement in _FOUNDATION:
        await house.rows(statement)
    for number, (document_id, trouble) in enumerate(troubles.items()):
        await house.rows(f"CREATE SEQUENCE faults.met_{number}")
        # A crash forgets the count of a sequence that nobody has committed yet.
        await house.rows(f"SELECT nextval('faults.met_{number}')")
        await house.rows(
            "INSERT INTO faults.planted VALUES ($1, $2, $3, $4, to_regclass($5))",
            UUID(document_id), trouble.place, trouble.sqlstate, trouble.times, f"faults.met_{number}",
        )  # fmt: skip
