"""File types: told by content, whatever the name says, and never with an error or a long wait."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.file_types import (
    BY_MIME,
    DOCX,
    HTML,
    MARKDOWN,
    PDF,
    SAMPLE_BYTES,
    TEXT,
    FileType,
    has_word_part,
    sniff,
    type_as_told,
)

FIXTURES = Path(__file__).resolve().parents[4] / "testing" / "fixtures"
BINARY = [
    *(b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"\x1f\x8b\x08", b"BZh9", b"7z\xbc\xaf", b"Rar!\x1a", b"\x7fELF"),
    *(b"\xd0\xcf\x11\xe0", b"{\\rtf1", b"%!PS-Adobe", b"\xca\xfe\xba\xbe", b"RIFF", b"SQLite format 3\x00"),
]


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("samples/home-insurance-policy.pdf", PDF),
        ("samples/motor-claims-guide.docx", DOCX),
        ("samples/health-plan-faq.html", HTML),
        ("samples/glossary.md", MARKDOWN),
        ("samples/onboarding-note.txt", TEXT),
        ("broken/web-page.pdf", HTML),
        ("broken/truncated.pdf", PDF),
        ("broken/protected.pdf", PDF),
        ("broken/zip-bomb.docx", DOCX),
        ("broken/latin1.txt", TEXT),
        ("broken/nul-and-surrogates.md", MARKDOWN),
        ("broken/not-a-pdf.pdf", None),
        ("broken/image.png", None),
    ],
)
def test_every_fixture_is_what_its_content_says(file: str, kind: FileType | None) -> None:
    """A web page called .pdf is a web page; noise and images are no document."""
    path = FIXTURES / file

    assert kind == sniff(path.read_bytes()[:SAMPLE_BYTES], path.name)


@pytest.mark.parametrize("name", ["a.md", "A.MARKDOWN", "a.mdown", "a.b.mkd"])
def test_markdown_is_told_by_its_name(name: str) -> None:
    """Markdown has no mark of its own, so here the name decides."""
    assert MARKDOWN == sniff(b"# A title\n", name)


@pytest.mark.parametrize("name", ["a.txt", "md", "a.md.txt", "", "a.pdf", "a.docx"])
def test_other_text_is_plain_text(name: str) -> None:
    """A name cannot make text into a PDF."""
    assert TEXT == sniff(b"# A title\n", name)


@pytest.mark.parametrize(
    "start",
    [
        b"<!DOCTYPE html>\n<p>",
        b"\xef\xbb\xbf<html lang='en'>",
        b"\n\n  <HEAD>",
        b"<body class=x>",
        b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">',
        b"<!-- saved --> <!-- twice -->\n<html>",
        b"<!-- > -- \n -->\n<!doctype\nhtml>",
    ],
)
def test_html_is_told_by_its_start(start: bytes) -> None:
    """A byte order mark, space, an XML line and comments may stand before the first tag."""
    assert HTML == sniff(start, "a.md")


@pytest.mark.parametrize("start", [b"<p>text</p>", b"<header>", b"a <html>", b"<!-- <html> ", b"<svg>", b"<!-- --><p>"])
def test_other_tags_are_text(start: bytes) -> None:
    """A fragment without a name that says so, or a tag that is only quoted, is not a web page."""
    assert TEXT == sniff(start, "a")


@pytest.mark.parametrize(
    ("start", "name", "kind"),
    [
        (b"<h1>Terms</h1><p>text", "terms.html", HTML),
        (b"\xef\xbb\xbf\n<!-- exported --> <div class=x>", "TERMS.HTM", HTML),
        (b"<p>text</p>", "terms.md", MARKDOWN),
        (b"Terms\n<p>text</p>", "terms.html", TEXT),
        (b"<3 hearts", "terms.html", TEXT),
    ],
)
def test_a_part_of_a_page_is_html_where_its_name_says_so(start: bytes, name: str, kind: FileType) -> None:
    """A page without its frame is HTML if it is called so and begins with a tag."""
    assert kind == sniff(start, name)


@pytest.mark.parametrize("start", BINARY)
def test_other_formats_are_refused(start: bytes) -> None:
    """Images, archives, programs and office files of old are no text, although much of them may be readable."""
    assert None is sniff(start + b" readable text" * 20, "a.txt")


def test_a_pdf_may_begin_late() -> None:
    """Readers accept a PDF whose mark stands within the first 1024 bytes, and so do we."""
    assert [PDF, TEXT] == [sniff(b"\n" * lead + b"%PDF-1.7", "a") for lead in (1019, 1020)]


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_text_with_a_byte_order_mark_is_text(mark: str) -> None:
    """The mark vouches for text, although half of the bytes of UTF-16 are zero."""
    assert TEXT == sniff("Plain words.".encode(mark), "a.txt")


@pytest.mark.parametrize(("zeros", "kind"), [(5, TEXT), (6, None)])
def test_a_few_control_bytes_are_forgiven(zeros: int, kind: FileType | None) -> None:
    """Up to 5 % of control bytes is text with dirt; more is no text."""
    assert kind == sniff(b"\x00" * zeros + b"x" * (100 - zeros), "a.txt")


@given(st.binary(max_size=300), st.text(max_size=20))
def test_no_content_is_an_error(sample: bytes, name: str) -> None:
    """Any bytes under any name have an answer."""
    assert sniff(sample, name) in {None, *BY_MIME.values()}


@given(
    st.lists(st.sampled_from([b"<", b"!", b"--", b">", b"<!--", b"-->", b"<?xml ", b"?>", b"<html>", b" ", b"x"])),
    st.binary(max_size=4),
)
def test_markup_of_any_shape_is_no_error(parts: list[bytes], end: bytes) -> None:
    """Half comments and tags in any order have an answer."""
    assert sniff(b"".join(parts) + end, "a.md") in {None, *BY_MIME.values()}


@pytest.mark.parametrize("unit", [b"<!---->", b"<!-- -->\n", b"<!--", b"<?xml ", b"-->", b" ", b"<?xml ?>"])
def test_a_hostile_start_costs_no_time(unit: bytes) -> None:
    """A sample made to confuse the search for the first tag is told within a moment."""
    sample = (unit * SAMPLE_BYTES)[: SAMPLE_BYTES - 1] + b"x"
    started = time.process_time()

    assert TEXT == sniff(sample, "a.html")
    assert time.process_time() - started < 1


def test_every_type_is_found_by_its_mime_type() -> None:
    """What is stored with a document leads back to its type, and only PDF, DOCX and HTML cost a parse."""
    assert {kind.mime: kind for kind in (PDF, DOCX, HTML, MARKDOWN, TEXT)} == BY_MIME
    assert {PDF, DOCX, HTML} == {kind for kind in BY_MIME.values() if kind.needs_parser}


def test_a_word_document_is_told_by_its_main_part() -> None:
    """Any other archive, a spreadsheet too, is no Word document."""
    with zipfile.ZipFile(FIXTURES / "samples" / "motor-claims-guide.docx") as archive:
        assert has_word_part(archive.namelist())
    assert not has_word_part(["[Content_Types].xml", "xl/workbook.xml", "word/document.xml.bak"])


@pytest.mark.parametrize(("inside", "found"), [(b"word/document.xml", DOCX), (b"xl/workbook.xml", None)])
@pytest.mark.parametrize("place", ["first bytes", "last bytes"])
def test_an_archive_is_taken_for_word_by_the_parts_it_names(inside: bytes, found: object, place: str) -> None:
    """A workbook, or any other archive, is no document; a Word part may be named early or late."""
    archive = b"PK\x03\x04" + b"x" * 100
    sample, tail = (archive + inside, b"") if place == "first bytes" else (archive, inside)

    assert found is sniff(sample, "a.docx", tail)


@pytest.mark.parametrize(
    ("mime", "filename", "kind"),
    [
        ("application/pdf", "a.txt", PDF),
        ("Text/HTML; charset=utf-8", "a", HTML),
        ("application/xhtml+xml", "a", HTML),
        ("text/x-markdown", "a.mkd", MARKDOWN),
        ("text/plain", "a.md", MARKDOWN),
        ("text/markdown", "a.txt", TEXT),
        ("", "A.PDF", PDF),
        ("application/octet-stream", "a.docx", DOCX),
        ("", "a.markdown", MARKDOWN),
        ("", "notes.txt", TEXT),
        ("", "notes", None),
        ("", "a.exe", None),
        ("image/png", "a.pdf", None),
    ],
)
def test_type_as_it_is_announced(mime: str, filename: str, kind: FileType | None) -> None:
    """The media type decides, the ending where it says nothing, and Markdown is told from text by the name alone."""
    assert kind is type_as_told(mime, filename)
