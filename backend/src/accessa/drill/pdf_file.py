"""Writes a plain PDF: one font, one column, as many pages as the text needs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from accessa.drill.prose import Paragraph

_LINES_OF_PAGE = 44
_CHARACTERS_OF_LINE = 88
_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
_CATALOGUE, _PAGES, _FONT_NUMBER, _FIRST_PAGE = 1, 2, 3, 4


def pdf_of(paragraphs: Sequence[Paragraph]) -> bytes:
    """Return a PDF of the paragraphs; the same ones give the same bytes."""
    lines = list(_lines(paragraphs))
    pages = [lines[start : start + _LINES_OF_PAGE] for start in range(0, len(lines), _LINES_OF_PAGE)]
    return pdf_of_streams([_shown(page) for page in pages])


def pdf_of_streams(pages: Sequence[bytes]) -> bytes:
    """Return a PDF of A4 pages with these contents, in which /F1 is Helvetica."""
    numbers = [_FIRST_PAGE + 2 * place for place in range(len(pages))]
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    objects = [
        b"<< /Type /Catalog /Pages %d 0 R >>" % _PAGES,
        b"<< /Type /Pages /Count %d /Kids [%b] >>" % (len(pages), kids),
        _FONT,
    ]
    for number, page in zip(numbers, pages, strict=True):
        objects += [_page(number + 1), _stream(page)]
    return _file(objects)


def _lines(paragraphs: Iterable[Paragraph]) -> Iterable[str]:
    for paragraph in paragraphs:
        if paragraph.heading:
            yield from (paragraph.heading, "")
        yield from (*textwrap.wrap(paragraph.text, _CHARACTERS_OF_LINE), "")


def _page(content: int) -> bytes:
    resources = b"<< /Font << /F1 %d 0 R >> >>" % _FONT_NUMBER
    return b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources %b >>" % (
        _PAGES,
        content,
        resources,
    )


def _shown(lines: Iterable[str]) -> bytes:
    shown = b"".join(b"(%b) Tj T*\n" % escaped(line) for line in lines)
    return b"BT /F1 11 Tf 16 TL 56 780 Td\n%bET" % shown


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def escaped(line: str) -> bytes:
    """Return a line as it stands between the parentheses of a PDF string."""
    plain = line.encode("cp1252", "replace")
    return plain.replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _file(objects: Sequence[bytes]) -> bytes:
    written = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places: list[int] = []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start, size = len(written), len(objects) + 1
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    written += b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, _CATALOGUE, start)
    return bytes(written)
