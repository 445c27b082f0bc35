"""Tells the documents of the rows that break a promise, as commands take those and neither sets nor chunks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal
from uuid import UUID

import asyncpg

from accessa.domain.errors import AccessaError
from accessa.store.audit.check import Finding
from accessa.store.database import Database
from accessa.store.statements import load

LOOK_SECONDS = 5.0
_ANSWER_SECONDS = 5.0
_Kind = Literal["set_id", "job_id"]


async def documents_of(
    database: Database, findings: Sequence[Finding], *, look_seconds: float = LOOK_SECONDS
) -> dict[str, UUID]:
    """Return the document of each row that names a set or a job; what cannot be told in time is left out."""
    sets, jobs = (sorted({UUID(each) for each in _ids(findings, kind)}) for kind in ("set_id", "job_id"))
    if not sets and not jobs:
        return {}
    try:
        async with database.connection() as connection, connection.transaction(readonly=True):
            await connection.execute(load("limit_statement_time"), f"{int(look_seconds * 1000)}ms")
            found = await connection.fetch(
                load("find_documents_of_rows"), sets, jobs, timeout=look_seconds + _ANSWER_SECONDS
            )
    except (asyncpg.QueryCanceledError, TimeoutError, AccessaError):
        # What the checks have told stands without it.
        return {}
    return dict(_by_row(findings, {str(row["id"]): row["document_id"] for row in found}))


def _ids(findings: Iterable[Finding], kind: _Kind) -> Iterator[str]:
    for finding in findings:
        if finding.check.rows.startswith(kind):
            yield from map(_id, finding.rows)


def _id(row: str) -> str:
    """Return the set or the job that a row begins with, such as `SET/CHUNK` and `JOB batch 3`."""
    return re.split("[ /]", row, maxsplit=1)[0]


def _by_row(findings: Iterable[Finding], documents: Mapping[str, UUID]) -> Iterator[tuple[str, UUID]]:
    for finding in findings:
        for row in finding.rows:
            if finding.check.rows.startswith(("set_id", "job_id")) and _id(row) in documents:
                yield row, documents[_id(row)]
