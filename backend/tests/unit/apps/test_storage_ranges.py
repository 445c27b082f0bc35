"""Range headers."""

from __future__ import annotations

import pytest

from accessa.apps.storage.ranges import wanted_bytes
from accessa.apps.storage.refusals import RefusedError


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None),
        ("bytes=0-0", range(1)),
        ("bytes=2-4", range(2, 5)),
        ("bytes=7-", range(7, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=5-99", range(5, 10)),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("lines=1-2", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_range_of_ten_bytes(header: str | None, wanted: range | None) -> None:
    """One range is served, cut to the object; any other form means the whole object."""
    assert wanted == wanted_bytes(header, 10)


@pytest.mark.parametrize(("header", "size"), [("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-0", 10)])
def test_range_behind_the_end_is_refused(header: str, size: int) -> None:
    """A range that holds no byte is refused and the true size told."""
    with pytest.raises(RefusedError) as caught:
        wanted_bytes(header, size)

    assert {"Content-Range": f"bytes */{size}"} == caught.value.headers
