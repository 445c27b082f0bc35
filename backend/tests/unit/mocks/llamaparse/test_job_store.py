"""Jobs of the LlamaParse simulator in its database: what a crash may not leave behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_providers.bill import SCHEMA, Bill
from mock_providers.database import Database
from mock_providers.llamaparse import job_store
from mock_providers.llamaparse.billing import page_units
from mock_providers.llamaparse.configuration import JobOptions
from mock_providers.llamaparse.deliveries import DeliveryStore
from mock_providers.llamaparse.job_store import OPEN, JobStore, NewJob
from mock_providers.llamaparse.page_store import Page, PageStore

OPTIONS = JobOptions.model_validate(
    {"tier": "agentic", "version": "latest", "webhook_configurations": [{"webhook_url": "http://hook"}]}
)
FIRST = NewJob("a.pdf", "hash", "doc-1", OPTIONS)
ALL_TIMES = 0.0


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Return an empty database."""
    schema = Path(job_store.__file__).with_name("schema.sql").read_text("utf-8")
    return Database(tmp_path / "state.sqlite3", schema + SCHEMA)


@pytest.fixture
def jobs(database: Database) -> JobStore:
    """Return a store with one job that is completed and paid."""
    store = JobStore(database)
    paid = store.create(FIRST, ALL_TIMES)
    store.move(paid, OPEN, "COMPLETED", "parse.success", page_units(paid, [1, 2]), pages=2, credits=20)
    return store


def names(jobs: JobStore) -> list[str]:
    """Return the names of all jobs, newest first."""
    everything = dict.fromkeys(("status", "job_ids", "since", "until"))
    return [job.name for job in jobs.newest(everything, 1000, 1000)]


def test_a_cached_job_is_complete_from_its_first_moment(database: Database, jobs: JobStore) -> None:
    """Nobody can see a cached job open, so that no restart does its work again; both of its events are planned."""
    again = jobs.create(FIRST, ALL_TIMES)

    events = [delivery.event_type for delivery in DeliveryStore(database).waiting(again.job_id, 0)]
    assert ("COMPLETED", 1, 0.0, 2) == (again.status, again.cache_hit, again.credits, again.pages)
    assert ["parse.pending", "parse.success"] == events
    assert [] == jobs.unfinished()
    assert 2 == Bill(database).summary()["units"]


def test_a_death_while_a_cached_job_is_made_leaves_nothing(database: Database, jobs: JobStore) -> None:
    """A job of which only a part was written is not there: no status, no page, no event."""

    def dying() -> Iterator[Page]:
        yield Page(1, "half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        jobs.create(NewJob("b.pdf", "hash", "doc-2", OPTIONS, own_pages=dying()), ALL_TIMES)

    assert ["a.pdf"] == names(jobs)
    assert [] == database.rows("SELECT * FROM pages")
    assert [] == jobs.unfinished()


@pytest.mark.parametrize(("plan", "oldest"), [("fail_page:1", ALL_TIMES), (None, None), (None, 2.0**53)])
def test_what_the_cache_does_not_know(database: Database, plan: str | None, oldest: float | None) -> None:
    """A result that a fault has spoiled, one that is too old, and one that is not wanted are not served again."""
    jobs = JobStore(database)
    paid = jobs.create(NewJob("a.pdf", "hash", "doc-1", OPTIONS, plan=plan), None)
    jobs.move(paid, OPEN, "COMPLETED", "parse.success", page_units(paid, [1]), pages=1, credits=10)

    assert "PENDING" == jobs.create(FIRST, oldest).status


def test_a_cached_job_shows_pages_of_its_own(database: Database, jobs: JobStore) -> None:
    """Where the pages depend on the document's id, another document with the same bytes gets its own."""
    other = jobs.create(NewJob("b.pdf", "hash", "doc-2", OPTIONS, own_pages=iter([Page(1, "own")])), ALL_TIMES)

    assert (["own"], other.job_id) == (
        [page.markdown for page in PageStore(database).read(other.pages_of)],
        other.pages_of,
    )
