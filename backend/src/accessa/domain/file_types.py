"""What a file is, told by its content and never by its name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

SAMPLE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class FileType:
    """One accepted type; `needs_parser` says that text has to be bought from the parse provider."""

    mime: str
    extension: str
    needs_parser: bool


PDF = FileType("application/pdf", "pdf", needs_parser=True)
DOCX = FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", needs_parser=True)
HTML = FileType("text/html", "html", needs_parser=True)
MARKDOWN = FileType("text/markdown", "md", needs_parser=False)
TEXT = FileType("text/plain", "txt", needs_parser=False)

BY_MIME: dict[str, FileType] = {kind.mime: kind for kind in (PDF, DOCX, HTML, MARKDOWN, TEXT)}

_BY_EXTENSION = {"pdf": PDF, "docx": DOCX, "html": HTML, "htm": HTML, "md": MARKDOWN, "txt": TEXT}
_OTHER_NAMES = {"application/xhtml+xml": HTML, "text/x-markdown": MARKDOWN}
_SAYS_NOTHING = {"", "application/octet-stream", "binary/octet-stream"}
_MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown", ".mkd")

_ZIP = b"PK\x03\x04"
_WORD_FOLDER = b"word/"
_TEXT_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_BINARY_MARKS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!", b"\x7fELF",
                 b"\xd0\xcf\x11\xe0", b"{\\rtf", b"%!PS", b"\xca\xfe\xba\xbe", b"RIFF", b"SQLite format 3")  # fmt: skip
# The comments are matched possessively (*+): tried again in other cuts, a short hostile file would take for ever.
_HTML_START = re.compile(
    rb"^\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*)*+<(!doctype\s+html|html|head|body)[\s>]", re.IGNORECASE | re.DOTALL
)
# A part of a page, as content systems export it; taken for HTML only where the name says so too.
_HTML_PART = re.compile(rb"^\s*(<!--.*?-->\s*)*+<[a-z][a-z0-9]*[\s/>]", re.IGNORECASE | re.DOTALL)
_HTML_ENDINGS = (".html", ".htm", ".xhtml")
_CONTROL = bytes(set(range(32)) - {9, 10, 12, 13, 27}) + b"\x7f"
_MOST_CONTROL = 0.05


def sniff(sample: bytes, filename: str, tail: bytes = b"") -> FileType | None:
    """Return the type of a file by its first and last bytes (up to `SAMPLE_BYTES`), or None when it is not accepted.

    The name only tells the kinds of text apart, and makes no page of what begins without a tag. A ZIP archive is never
    opened here: it passes for a DOCX when it names a Word part, which `has_word_part` confirms later, where opening a
    hostile archive does no harm.
    """
    if b"%PDF-" in sample[:1024]:
        return PDF
    if sample.startswith(_ZIP):
        return DOCX if _WORD_FOLDER in sample or _WORD_FOLDER in tail else None
    if sample.startswith(_BINARY_MARKS) or not _looks_like_text(sample):
        return None
    text = sample.removeprefix(_TEXT_MARKS[0])
    if _HTML_START.match(text) or (filename.lower().endswith(_HTML_ENDINGS) and _HTML_PART.match(text)):
        return HTML
    return _kind_of_text(filename)


def type_as_told(mime: str, filename: str) -> FileType | None:
    """Return the type that an uploader announces, by media type or else by the name's ending; None if not accepted."""
    plain = mime.partition(";")[0].strip().lower()
    if plain in _SAYS_NOTHING:
        told = _BY_EXTENSION.get(filename.rpartition(".")[2].lower())
        told = MARKDOWN if filename.lower().endswith(_MARKDOWN_ENDINGS) else told
    else:
        told = BY_MIME.get(plain) or _OTHER_NAMES.get(plain)
    return _kind_of_text(filename) if told in {MARKDOWN, TEXT} else told


def _kind_of_text(filename: str) -> FileType:
    return MARKDOWN if filename.lower().endswith(_MARKDOWN_ENDINGS) else TEXT


def has_word_part(names: list[str]) -> bool:
    """Tell by the names inside an archive whether it is a Word document."""
    return "word/document.xml" in names


def _looks_like_text(sample: bytes) -> bool:
    if sample.startswith(_TEXT_MARKS):
        return True
    control = len(sample) - len(sample.translate(None, _CONTROL))
    return control <= _MOST_CONTROL * len(sample)
