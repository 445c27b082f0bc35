"""Long documents are read by several children at once, and nothing but the time shows it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.from_pdf import read_pdf
from mock_providers.llamaparse.parsing.limits import allow_cpu_seconds
from mock_providers.llamaparse.parsing.pool import ParserPool
from mock_providers.llamaparse.parsing.task import ParseTask

FIXTURES = Path(__file__).resolve().parents[5] / "testing" / "fixtures"
LONG = FIXTURES / "samples" / "home-insurance-policy.pdf"


def task(path: Path, range_pages: int) -> ParseTask:
    """Return a task whose document has several ranges."""
    return ParseTask(str(path), None, None, 100, range_pages, 30, 1_000_000)


def living_children() -> list[psutil.Process]:
    """Return the parsing children of this process."""
    found = []
    for child in psutil.Process(os.getpid()).children():
        with suppress(psutil.Error):
            found += [child] if "mock_providers.llamaparse.parsing.child" in child.cmdline() else []
    return found


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    """Three children for one document."""
    pool = ParserPool(3, 1024, 30)
    yield pool
    pool.close()


@pytest.fixture
def in_order(monkeypatch: pytest.MonkeyPatch) -> list[Page]:
    """The pages of the long document, read here range by range."""
    monkeypatch.setattr(f"{read_pdf.__module__}.{allow_cpu_seconds.__name__}", lambda _: None)
    return [page for pages in read_pdf(task(LONG, 2)) for page in pages]


def test_pages_read_side_by_side_are_those_read_in_order(pool: ParserPool, in_order: list[Page]) -> None:
    """Running titles, contents pages and levels of headings go on from range to range, and pages come in order."""
    read: list[Page] = []

    pool.parse(task(LONG, 2), read.extend)

    assert in_order == read
    assert 2 <= len(living_children())
    assert any(page.footer for page in read)


def test_a_child_that_is_killed_costs_only_its_range(pool: ParserPool, in_order: list[Page]) -> None:
    """All children are killed in the midst of a document, and no page is lost or doubled."""
    read: list[Page] = []
    killed: list[int] = []

    def keep(pages: list[Page]) -> None:
        read.extend(pages)
        for child in living_children() if not killed else []:
            child.kill()
            killed.append(child.pid)

    pool.parse(task(LONG, 2), keep)

    assert killed
    assert in_order == read


def test_the_first_failure_in_order_is_told(pool: ParserPool) -> None:
    """What the taker of the pages raises ends the parse at once; a document without text fails after its last range."""
    taken: list[list[Page]] = []

    def refuse(pages: list[Page]) -> None:
        taken.append(pages)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        pool.parse(task(LONG, 2), refuse)
    with pytest.raises(ParseFailureError) as failed:
        pool.parse(task(FIXTURES / "broken" / "scan-without-text.pdf", 1), lambda _: None)

    assert [[1, 2]] == [[page.page_number for page in pages] for pages in taken]
    assert Reason.NO_DATA_FOUND_IN_FILE == failed.value.reason
