"""Sums of the ledger: what one user has spent, by day, document or model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from accessa.store.database import Database
from accessa.store.statements import load

_STATEMENTS = {"day": "sum_costs_by_day", "document": "sum_costs_by_document", "model": "sum_costs_by_model"}


async def sum_costs(
    database: Database, user_id: UUID, *, by: str, since: date, limit: int
) -> Sequence[Mapping[str, Any]]:
    """Return calls, units, tokens and cost of a user's calls since a day (UTC), by `day`, `document` or `model`."""
    async with database.connection() as connection:
        rows: Sequence[Mapping[str, Any]] = await connection.fetch(load(_STATEMENTS[by]), user_id, since, limit)
    return rows
