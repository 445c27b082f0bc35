"""What several tests of the database need."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest


@pytest.fixture
async def connection(database_url: str) -> Any:
    """A connection to a fresh database."""
    opened = await asyncpg.connect(database_url)
    yield opened
    await opened.close()
