"""The parsed pages of jobs, written range by range and read in small portions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from mock_providers.database import Database

_PORTION = 50
_INSERT = """
INSERT OR REPLACE INTO pages (job_id, page_number, markdown, text, header, footer, error)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_READ = """
SELECT page_number, markdown, text, header, footer, error FROM pages
WHERE job_id = ? AND page_number > ? ORDER BY page_number LIMIT ?
"""

_FAILED = "SELECT count(*) AS failed FROM pages WHERE job_id = ? AND error IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Page:
    """One page, counted from 1; a page with an `error` has no content."""

    page_number: int
    markdown: str = ""
    text: str = ""
    header: str | None = None
    """Running title at the top of the page, left out of `markdown`."""
    footer: str | None = None
    """The same at the bottom."""
    error: str | None = None


class PageStore:
    """Pages by job."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job_id: str, pages: Sequence[Page]) -> None:
        """Write pages; a page of the same number is replaced."""
        with self._database.transaction() as cursor:
            insert_pages(cursor, job_id, pages)

    def read(self, job_id: str) -> Iterator[Page]:
        """Give the pages in order, never holding more than a few."""
        last = 0
        while rows := self._database.rows(_READ, (job_id, last, _PORTION)):
            yield from (Page(**dict(row)) for row in rows)
            last = rows[-1]["page_number"]

    def failed(self, job_id: str) -> int:
        """Return the number of pages that could not be read."""
        row = self._database.row(_FAILED, (job_id,))
        return int(row["failed"]) if row else 0

    def clear(self, job_id: str) -> None:
        """Forget the pages of a job that begins anew."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM pages WHERE job_id = ?", (job_id,))


def insert_pages(cursor: sqlite3.Cursor, job_id: str, pages: Iterable[Page]) -> None:
    """Write pages within the caller's transaction."""
    rows = (
        (job_id, page.page_number, page.markdown, page.text, page.header, page.footer, page.error) for page in pages
    )
    cursor.executemany(_INSERT, rows)
