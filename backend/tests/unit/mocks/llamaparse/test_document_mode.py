"""Real files are read in limited children, page by page, and each bad file fails for its own reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import docx
import pytest

Starter = Callable[..., Any]
Maker = Callable[..., bytes]

COVER = "# Dental cover\nThe plan pays eighty percent of basic care."
LIMITS = "# Limits\nFifty dollars a year stay with the member."


def word_file() -> bytes:
    """Return a DOCX with a title, a heading and a table."""
    document = docx.Document()
    document.add_heading("Handbook", 0)
    document.add_heading("Claims", 1)
    document.add_paragraph("File a claim within sixty days.")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Copay", "20"
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


async def test_a_pdf_comes_page_by_page(llamaparse: Starter, pdf: Maker) -> None:
    """Each page has its own text, and titles are headings."""
    client = await llamaparse(mode="document")

    result = await client.parse(pdf(COVER, LIMITS), "markdown,text")

    first, second = result["markdown"]["pages"]
    assert (1, True, 2, True) == (first["page_number"], first["success"], second["page_number"], second["success"])
    assert "# Dental cover" in first["markdown"].splitlines()
    assert "Fifty dollars a year stay with the member." in second["markdown"]
    assert "eighty percent" in result["text"]["pages"][0]["text"]


async def test_the_outline_corrects_levels(llamaparse: Starter, pdf: Maker) -> None:
    """Titles that the bookmarks name get the level of the bookmark."""
    client = await llamaparse(mode="document")
    outline = ((1, 0, "Dental cover"), (2, 1, "Limits"))

    result = await client.parse(pdf(COVER, LIMITS, outline=outline), "markdown")

    found = [page["markdown"].splitlines()[0] for page in result["markdown"]["pages"]]
    assert ["# Dental cover", "## Limits"] == found


async def test_pages_beyond_a_range_and_a_limit(llamaparse: Starter, pdf: Maker) -> None:
    """Ranges of two pages join to the whole; `max_pages` and `target_pages` choose pages."""
    client = await llamaparse(mode="document", range_pages=2)
    content = pdf(*(f"Text of page {number}" for number in range(1, 6)))

    async def numbers(**options: Any) -> list[int]:
        result = await client.parse(content, "markdown", **options)
        return [page["page_number"] for page in result["markdown"]["pages"]]

    assert [1, 2, 3, 4, 5] == await numbers()
    assert [1, 2, 3] == await numbers(page_ranges={"max_pages": 3})
    assert [2, 4, 5] == await numbers(page_ranges={"target_pages": "4-9,2"})


async def test_word_and_html_are_one_page(llamaparse: Starter) -> None:
    """DOCX and HTML keep headings and tables, and count as page 1."""
    client = await llamaparse(mode="document")
    html = b"<html><head><title>t</title></head><body><h2>Vision</h2><p>Glasses every two years.</p></body></html>"

    word = (await client.parse(word_file(), "markdown"))["markdown"]["pages"]
    page = (await client.parse(html, "markdown"))["markdown"]["pages"]

    assert [1, 1] == [word[0]["page_number"], len(word)]
    assert "# Handbook\n\n# Claims\n\nFile a claim within sixty days.\n\n| Copay | 20 |" in word[0]["markdown"]
    assert [{"page_number": 1, "markdown": "## Vision\n\nGlasses every two years.\n", "success": True}] == page


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("scan", "NO_DATA_FOUND_IN_FILE"),
        ("protected", "PDF_IS_PROTECTED"),
        ("broken", "PDF_IS_BROKEN"),
        ("picture", "UNSUPPORTED_FILE_TYPE"),
        ("wordless html", "NO_DATA_FOUND_IN_FILE"),
        ("long", "TOO_MANY_PAGES"),
        ("word bomb", "DOCUMENT_TOO_LARGE"),
    ],
)
async def test_bad_files_fail_for_a_reason(llamaparse: Starter, pdf: Maker, name: str, reason: str) -> None:
    """The error message opens with the provider's reason; nothing is billed."""
    contents = {
        "scan": lambda: pdf("", ""),
        "protected": lambda: pdf("secret", encrypt="word"),
        "broken": lambda: b"%PDF-1.7\n" + b"junk" * 50,
        "picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        "wordless html": lambda: b"<html>" + b"<div>" * 100_000 + b"<img src=x>",
        "long": lambda: pdf("1", "2", "3", "4"),
        "word bomb": word_file,
    }
    client = await llamaparse(mode="document", max_pages=3, max_unpacked_bytes=1000)

    job = (await client.parse(contents[name]()))["job"]

    assert ("FAILED", reason) == (job["status"], job["error_message"].partition(":")[0])
    assert 0 == (await client.bill())["units"]


async def test_a_scan_says_that_it_needs_ocr(llamaparse: Starter, pdf: Maker) -> None:
    """The person who uploaded a scan is told what to do."""
    client = await llamaparse(mode="document")

    job = (await client.parse(pdf("")))["job"]

    assert "needs OCR" in job["error_message"]


async def test_a_child_that_takes_too_long_is_ended(llamaparse: Starter, pdf: Maker) -> None:
    """The wall-clock limit ends the child with TIMEOUT, and the next document is read by a new one."""
    client = await llamaparse(mode="document", range_wall_seconds=0.001, children=1)

    job = (await client.parse(pdf(COVER)))["job"]

    assert ("FAILED", "TIMEOUT") == (job["status"], job["error_message"].partition(":")[0])


async def test_a_failure_does_not_spoil_the_next_document(llamaparse: Starter, pdf: Maker) -> None:
    """One child serves many documents and is replaced after a failure."""
    client = await llamaparse(mode="document", children=1)

    statuses = [
        (await client.parse(content))["job"]["status"] for content in (pdf(COVER), b"%PDF-1.7 junk", pdf(LIMITS))
    ]

    assert ["COMPLETED", "FAILED", "COMPLETED"] == statuses
