"""Which names, sizes and content types the storage takes."""

from __future__ import annotations

import pytest

from accessa.apps.storage.names import (
    check_bucket_name,
    check_content_type,
    check_header_text,
    check_key,
    size_in_bytes,
)
from accessa.apps.storage.refusals import RefusedError


@pytest.mark.parametrize("key", ["a.pdf", "user/doc.md", "a//b.pdf", "x!.*'()&$=@;:+,? -_Z9", "..a/b..", "k" * 1024])
def test_key_of_allowed_characters_is_taken(key: str) -> None:
    """A key of the documented characters, up to 1,024 of them, is taken as it is."""
    assert key == check_key(key)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "..", "../a", "a/../b", "a/..", "./a", "a/./b", "a\x00b", "a\\b", "a\nb", "a\n", "\udc80"],
)
def test_key_that_climbs_is_refused(key: str) -> None:
    """Traversal, absolute paths, NUL, line ends and backslashes are refused as InvalidKey."""
    with pytest.raises(RefusedError) as caught:
        check_key(key)

    assert "InvalidKey" == caught.value.code


@pytest.mark.parametrize("key", ["ü.pdf", "文", "a#b", "a%2e", "a[b", "~", "k" * 1025])
def test_key_of_foreign_characters_is_refused(key: str) -> None:
    """Characters that the real service does not take, and over-long keys, are refused as InvalidKey."""
    with pytest.raises(RefusedError) as caught:
        check_key(key)

    assert "InvalidKey" == caught.value.code


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", " a", "a ", "ä", "a\x00", "b" * 64])
def test_malformed_bucket_name_is_refused(name: str) -> None:
    """A bucket's name must be short, of allowed characters, and no folder."""
    with pytest.raises(RefusedError) as caught:
        check_bucket_name(name)

    assert "InvalidBucketName" == caught.value.code


@pytest.mark.parametrize(
    ("told", "size"),
    [(None, None), (5, 5), ("3B", 3), ("30KB", 30_000), ("20mb", 20_000_000), ("1.5GB", 1_500_000_000)],
)
def test_size_limit_is_read_with_its_unit(told: int | str | None, size: int | None) -> None:
    """A bucket's size limit is a number of bytes or a text with a unit of powers of ten."""
    assert size == size_in_bytes(told)


@pytest.mark.parametrize("told", ["", "20", "MB", "1e3KB", "-1KB", "20 TB"])
def test_size_limit_without_sense_is_refused(told: str) -> None:
    """A size that cannot be read is refused, not ignored."""
    with pytest.raises(RefusedError, match="Invalid file size format"):
        size_in_bytes(told)


@pytest.mark.parametrize(
    ("content_type", "allowed"),
    [
        ("application/pdf", None),
        ("application/pdf", ("application/pdf",)),
        ("Application/PDF", ("application/pdf",)),
        ("text/markdown; charset=utf-8", ("text/*",)),
        ("image/png", ("*/*",)),
    ],
)
def test_content_type_that_the_bucket_allows_is_taken(content_type: str, allowed: tuple[str, ...] | None) -> None:
    """Parameters and case do not matter, and a star stands for any subtype."""
    assert content_type == check_content_type(content_type, allowed)


@pytest.mark.parametrize(
    ("content_type", "allowed"),
    [
        ("image/png", ("text/*",)),
        ("textual/x", ("text/*",)),
        ("pdf", None),
        ("", None),
        ("text/plain\r\nSet-Cookie: a", None),
        ("text/" + "x" * 300, None),
    ],
)
def test_content_type_outside_the_rules_is_refused(content_type: str, allowed: tuple[str, ...] | None) -> None:
    """A type that the bucket does not allow, or that could smuggle a header, is refused as InvalidMimeType."""
    with pytest.raises(RefusedError) as caught:
        check_content_type(content_type, allowed)

    assert (415, "InvalidMimeType") == (caught.value.status, caught.value.code)


def test_header_text_with_a_line_end_is_refused() -> None:
    """What is sent back as a header may not start another one."""
    with pytest.raises(RefusedError):
        check_header_text("max-age=1\r\nX: y")
