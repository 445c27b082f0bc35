"""The kind of a file by its content, never by its name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.parsing.decoding import decode, looks_like_text

Kind = Literal["pdf", "docx", "html", "text"]

_HEAD_BYTES = 4096
_PDF_WITHIN = 1024
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WHOLE_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_HTML_FRAGMENT = re.compile(
    r"\s*(?:<!--.*?-->\s*)*+<(?:p|div|h[1-6]|table|ul|ol|dl|article|section|main|nav|header|title|meta|span|br)\b",
    re.IGNORECASE | re.DOTALL,
)


def kind_of(path: Path) -> Kind:
    """Return the kind of the file; raises `UNSUPPORTED_FILE_TYPE` for kinds that cannot be read."""
    with path.open("rb") as source:
        head = source.read(_HEAD_BYTES)
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    if head.startswith(_OLE):
        raise ParseFailureError(
            Reason.UNSUPPORTED_FILE_TYPE, "An old or password-protected Office file cannot be parsed. Save it as DOCX."
        )
    if not looks_like_text(head):
        raise ParseFailureError(Reason.UNSUPPORTED_FILE_TYPE)
    return "html" if _is_html(decode(head)) else "text"


def _kind_of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ParseFailureError(
            Reason.UNSUPPORTED_FILE_TYPE, "The file is a damaged ZIP or Office file. Save it again from its source."
        ) from error
    if "word/document.xml" not in names:
        raise ParseFailureError(Reason.UNSUPPORTED_FILE_TYPE)
    return "docx"


def _is_html(head: str) -> bool:
    return _WHOLE_HTML.search(head) is not None or _HTML_FRAGMENT.match(head) is not None
