"""The kind of a file is told by its content."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.parsing.decoding import decode
from mock_providers.llamaparse.parsing.sniffing import kind_of


def zipped(name: str) -> bytes:
    """Return a ZIP with one member."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, "x")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "pdf"),
        (b"\n\njunk %PDF-1.4", "pdf"),
        (zipped("word/document.xml"), "docx"),
        (b"<!DOCTYPE html><p>x", "html"),
        (b"<?xml version='1.0'?>\n<html xmlns='x'>", "html"),
        (b"  <!-- c --><div>x</div>", "html"),
        ("\ufeff<html>".encode("utf-16"), "html"),
        (b"# A title\n\ntext < more", "text"),
        ("Grüße".encode("cp1252"), "text"),
    ],
)
def test_known_kinds(tmp_path: Path, content: bytes, kind: str) -> None:
    """Content decides, and a name never does."""
    file = tmp_path / "misleading.exe"
    file.write_bytes(content)

    assert kind == kind_of(file)


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n",
        zipped("xl/workbook.xml"),
        b"PK\x03\x04broken",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"a\0b",
    ],
)
def test_other_kinds_are_refused(tmp_path: Path, content: bytes) -> None:
    """Pictures, spreadsheets, damaged archives, old Office files and binary data cannot be parsed."""
    file = tmp_path / "document.pdf"
    file.write_bytes(content)

    with pytest.raises(ParseFailureError) as refused:
        kind_of(file)

    assert Reason.UNSUPPORTED_FILE_TYPE == refused.value.reason


@pytest.mark.parametrize(
    "content",
    [
        "Grüße".encode(),
        "\ufeffGrüße".encode(),
        "Grüße".encode("utf-16"),
        "Grüße".encode("cp1252"),
        b'<meta charset="iso-8859-1">' + "Grüße".encode("latin-1"),
    ],
)
def test_text_is_decoded_as_it_says_or_looks(content: bytes) -> None:
    """Byte order marks, UTF-8, a declared encoding and Windows-1252 are understood."""
    assert decode(content).endswith("Grüße")
