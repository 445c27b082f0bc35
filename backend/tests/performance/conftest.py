"""One benchmark at a tiny scale, and the database of a test as a benchmark takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from accessa.bench.results import OURS, Results, Run
from accessa.bench.suite import Plan, run_suite
from accessa.settings import DatabaseSettings, load_settings
from accessa.store.database import Database


class Silent:
    """Watches without a word."""

    def tell(self, sentence: str) -> None:
        """Keep it."""

    def moved(self, words: str, done: int, total: int) -> None:
        """Keep it."""


@pytest.fixture
def bench() -> Callable[[Plan], Run]:
    """Run the plan on a stack of its own and return the product's run."""

    def run(plan: Plan) -> Run:
        results: Results = run_suite(load_settings(), plan, Silent(), lambda _: None)
        [ours] = [each for each in results.runs if each.system == OURS]
        return ours

    return run


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Connect to a fresh database."""
    database = Database(DatabaseSettings(url=database_url), "accessa-test")
    yield database
    await database.close()
