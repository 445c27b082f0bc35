"""One service's log file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson

from accessa.stack.log_file import LogFile, copy_lines


def events(path: Path) -> list[str]:
    """Return the texts in a log file."""
    return [orjson.loads(line)["event"] for line in path.read_bytes().splitlines()]


def test_a_full_file_is_exchanged_and_two_old_ones_are_kept(tmp_path: Path) -> None:
    """The newest lines are in the file itself, older ones in .1 and .2, the oldest are gone."""
    path = tmp_path / "api-server.jsonl"
    log = LogFile(path, "api-server", most_bytes=10)
    for number in range(4):
        log.add([f"line {number}".encode()])

    assert [["line 3"], ["line 2"], ["line 1"]] == [
        events(tmp_path / name) for name in ("api-server.jsonl", "api-server.jsonl.1", "api-server.jsonl.2")
    ]
    assert 3 == len(list(tmp_path.iterdir()))


async def test_lines_arrive_whole_however_they_are_cut(tmp_path: Path) -> None:
    """A line in pieces is one event, a last line without an end counts, and blank lines do not."""
    pipe = asyncio.StreamReader()
    for piece in (b"fir", b"st\nsec", b"ond\n\n", b"third"):
        pipe.feed_data(piece)
    pipe.feed_eof()
    await copy_lines(pipe, LogFile(tmp_path / "log", "api-server"))

    assert ["first", "second", "third"] == events(tmp_path / "log")


async def test_an_endless_line_is_broken_up(tmp_path: Path) -> None:
    """A service that never ends its line does not fill the memory of the supervisor."""
    pipe = asyncio.StreamReader(limit=10**7)
    pipe.feed_data(b"x" * 2_500_000)
    pipe.feed_eof()
    await copy_lines(pipe, LogFile(tmp_path / "log", "api-server"))

    assert 3 == len(events(tmp_path / "log"))


def test_the_last_words_are_those_of_the_error(tmp_path: Path) -> None:
    """What explains an end is the last error, not the chatter after it; a new life has said nothing yet."""
    log = LogFile(tmp_path / "log", "api-server")
    log.add([b"starting", b"ModuleNotFoundError: no flux", b"closing"])
    explained = log.last_words
    log.forget()

    assert ("ModuleNotFoundError: no flux", "") == (explained, log.last_words)


def test_the_last_words_say_why(tmp_path: Path) -> None:
    """An event that explains itself by a sentence is remembered with it: what happened alone mends nothing."""
    log = LogFile(tmp_path / "log", "monitoring")
    log.add([b'{"event": "The monitoring cannot start", "level": "error", "message": "ALERT_FILE is missing."}'])

    assert "The monitoring cannot start: ALERT_FILE is missing." == log.last_words


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """A full or missing disk costs the lines, not the service."""
    log = LogFile(tmp_path / "missing" / "log", "api-server")
    log.add([b"lost"])

    assert "lost" == log.last_words
