"""Failed documents of all users by their cause, each group with samples and the command that tries them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accessa.domain.error_catalogue import CATALOGUE, Retry, retry_worth
from accessa.store.database import Connection
from accessa.store.statements import load
from accessa.telemetry.logs import redact

_MOST_GROUPS = 12
_SAMPLES = 3
_MOST_FAILURES = 3_000


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Documents that failed with one code, at one stage, over one cause; `command` is empty where no retry can help."""

    code: str
    stage: str
    cause: str
    sentence: str
    documents: int
    users: int
    first_failed_at: datetime
    last_failed_at: datetime
    samples: list[str]
    retry: Retry
    command: str


@dataclass(frozen=True, slots=True)
class FailureGroups:
    """The largest groups, and all failed documents; `exact` is false when counting stopped at its limit."""

    groups: list[FailureGroup]
    documents: int
    exact: bool


async def read_failure_groups(connection: Connection) -> FailureGroups:
    """Return what failed and has not been tried again; raises what the driver raises."""
    rows = await connection.fetch(load("group_failures"), _MOST_GROUPS, _SAMPLES, _MOST_FAILURES)
    documents = rows[0]["documents_of_all"] if rows else 0
    return FailureGroups([_group(row) for row in rows], documents, exact=documents < _MOST_FAILURES)


def _group(row: Mapping[str, Any]) -> FailureGroup:
    worth = retry_worth(row["code"])
    return FailureGroup(
        code=row["code"],
        stage=row["stage"],
        cause=redact(row["cause"]),
        sentence=CATALOGUE.get(row["code"], CATALOGUE["INTERNAL"]).sentence,
        documents=row["documents"],
        users=row["users"],
        first_failed_at=row["first_failed_at"],
        last_failed_at=row["last_failed_at"],
        samples=[str(job) for job in row["samples"]],
        retry=worth,
        command="" if worth is Retry.USELESS else f"accessa jobs retry --code {row['code']}",
    )
