"""Upload forms, however the network cuts them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart.exceptions import FormParserError

from accessa.apps.storage.multipart import UploadForm
from accessa.apps.storage.refusals import RefusedError, mime_refused

HEADER = "multipart/form-data; boundary=cut"
FILE = b"%PDF\r\n--cu\r\n--cu \r\r\n-\n--cut--\x00\xff\r\n\r\n"


def part(disposition: str, content: bytes, kind: str = "") -> bytes:
    """Return one part of the form."""
    kind_line = f"Content-Type: {kind}\r\n" if kind else ""
    return (
        f'--cut\r\nContent-Disposition: form-data; name="{disposition}\r\n{kind_line}\r\n'.encode() + content + b"\r\n"
    )


BODY = (
    part('cacheControl"', b"3600")
    + part('file"; filename="ä; b.pdf"', FILE, "application/pdf")
    + part('metadata"', b'{"a": 1}')
    + b"--cut--\r\n"
)


def read(pieces: list[bytes]) -> tuple[UploadForm, bytes]:
    """Return the form and the file's bytes after all pieces."""
    form = UploadForm(HEADER, lambda kind: kind)
    content = b"".join(form.feed(piece) for piece in pieces)
    form.finish()
    return form, content


@given(cuts=st.lists(st.integers(0, len(BODY)), max_size=20))
def test_form_reads_the_same_however_it_is_cut(cuts: list[int]) -> None:
    """Fields, type and every byte of the file arrive whatever the pieces are."""
    edges = [0, *sorted(cuts), len(BODY)]
    form, content = read([BODY[start:stop] for start, stop in pairwise(edges)])

    assert FILE == content
    assert {"cacheControl": "3600", "metadata": '{"a": 1}'} == form.fields
    assert "application/pdf" == form.content_type


@pytest.mark.parametrize("missing", [3, 4, 8, 60, len(BODY) - 40])
def test_form_that_ends_early_is_refused(missing: int) -> None:
    """A body without its closing boundary is never taken for a whole file."""
    with pytest.raises(FormParserError):
        read([BODY[:-missing]])


def test_form_without_a_file_is_refused() -> None:
    """A form that holds text only is told so."""
    with pytest.raises(RefusedError, match="No content provided"):
        read([part('cacheControl"', b"1") + b"--cut--\r\n"])


def test_second_file_is_refused() -> None:
    """Two files in one form would be glued together, so they are refused."""
    twice = part('a"; filename="a"', b"1") + part('b"; filename="b"', b"2") + b"--cut--\r\n"

    with pytest.raises(RefusedError, match="Only one file"):
        read([twice])


def test_endless_text_field_is_refused() -> None:
    """A text field cannot fill the memory."""
    with pytest.raises(RefusedError, match="too long"):
        read([part('metadata"', b"x" * 70_000)])


def test_type_is_judged_before_any_byte_of_the_file() -> None:
    """The type is asked about as soon as it is known."""
    asked: list[str] = []

    def refuse(kind: str) -> str:
        asked.append(kind)
        raise mime_refused(kind)

    form = UploadForm(HEADER, refuse)
    head, _, _ = part('file"; filename="a"', b"BYTES", "image/png").partition(b"BYTES")
    with pytest.raises(RefusedError):
        form.feed(head)

    assert ["image/png"] == asked


@pytest.mark.parametrize(
    "header", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; b=c"]
)
def test_form_without_a_boundary_is_refused(header: str) -> None:
    """Without a boundary nothing can be read."""
    with pytest.raises(FormParserError):
        UploadForm(header, lambda kind: kind)
