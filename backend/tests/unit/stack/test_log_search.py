"""Lines of a large log are found without reading all of it, and none is missed at an edge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.stack import log_search
from accessa.stack.log_search import last_lines, lines_between, lines_with, offset_of, whole_lines_end

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
BLOCK = 64


def moment(number: int) -> str:
    """Return the time of the line of that number."""
    return (BEGIN + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line(number: int) -> bytes:
    """Return a line with a time and a name, now and then one of a traceback, with neither."""
    return b"  File here" if number % 7 == 3 else f'{{"timestamp":"{moment(number)}","id":"n{number % 11}"}}'.encode()


LINES = [line(number) for number in range(3000)]


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make blocks so small that every line meets an edge of one."""
    for name in ("_BLOCK", "_BLOCK_AT_END"):
        monkeypatch.setattr(log_search, name, BLOCK)
    monkeypatch.setattr(log_search, "_NEAR", 1024)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BinaryIO]:
    """A log of 3,000 lines and one that is not finished."""
    path = tmp_path_factory.mktemp("search") / "log"
    path.write_bytes(b"\n".join(LINES) + b"\n" + b'{"timestamp":"unfinished')
    with path.open("rb") as opened:
        yield opened


def test_an_unfinished_line_is_left_for_later(file: BinaryIO) -> None:
    """What is being written is no line yet."""
    end = whole_lines_end(file)

    assert LINES == list(lines_between(file, 0, end))


@pytest.mark.parametrize("most", [1, 2, 10, 2999, 3000, 5000])
def test_the_last_lines_are_read_from_the_end(file: BinaryIO, most: int) -> None:
    """So many, oldest first, or all when there are fewer."""
    assert LINES[-most:] == last_lines(file, whole_lines_end(file), most)


@pytest.mark.parametrize("needles", [[b'"n1"'], [b'"n1"', b'"n10"'], [b"File", b'"n2"'], [b"absent"]])
def test_each_line_that_holds_a_needle_is_found_once(file: BinaryIO, needles: list[bytes]) -> None:
    """Wherever blocks begin and end, and however many needles a line holds."""
    expected = [said for said in LINES if any(needle in said for needle in needles)]

    assert expected == list(lines_with(file, 0, whole_lines_end(file), needles))


@pytest.mark.parametrize("number", [0, 1, 500, 1501, 2999, 4000])
def test_a_moment_is_found_without_missing_a_line(file: BinaryIO, number: int) -> None:
    """All that is as new is behind the offset; what lies before the moment is read only near it."""
    end = whole_lines_end(file)
    start = offset_of(file, end, moment(number))
    found = list(lines_between(file, start, end))

    assert LINES[len(LINES) - len(found) :] == found
    newer = max(0, len(LINES) - number)
    assert newer <= len(found) <= newer + 200


@given(st.lists(st.text("ab", min_size=0, max_size=200), max_size=20))
def test_lines_of_any_length_are_whole(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """A line may be longer than many blocks."""
    path = tmp_path_factory.mktemp("lines") / "log"
    path.write_bytes("".join(f"{text}\n" for text in texts).encode())
    with path.open("rb") as opened:
        end = whole_lines_end(opened)
        found, whole = list(lines_with(opened, 0, end, [b"ab"])), list(lines_between(opened, 0, end))

    assert [text.encode() for text in texts if "ab" in text] == found
    assert [text.encode() for text in texts if text] == whole


def test_an_empty_log_has_nothing(tmp_path: Path) -> None:
    """Nothing is found, and nothing breaks."""
    path = tmp_path / "log"
    path.touch()
    with path.open("rb") as opened:
        assert (0, [], 0) == (whole_lines_end(opened), last_lines(opened, 0, 5), offset_of(opened, 0, moment(1)))
