"""Reading a log at the very moment in which its file is exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from accessa.stack.log_file import rotate
from accessa.stack.log_source import Event
from accessa.stack.log_tail import LogTail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log with an older part."""
    (tmp_path / "api.jsonl.1").write_bytes(b"oldest\n")
    (tmp_path / "api.jsonl").write_bytes(b"old\n")
    return tmp_path / "api.jsonl"


def texts(events: Iterator[Event]) -> list[str]:
    """Return what the events say."""
    return [str(event["event"]) for event in events]


def before(owner: type, name: str, action: Callable[[object], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `action` happen just before each call of the method `name`, with the object it is called on."""
    original = getattr(owner, name)

    def first(self: object, *arguments: object, **named: object) -> object:
        action(self)
        return original(self, *arguments, **named)

    monkeypatch.setattr(owner, name, first)


def test_a_file_that_is_renamed_while_the_history_is_opened_is_told_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exchange between two files loses no line, tells none twice, and is no error."""

    def exchange(opened: object) -> None:
        if opened == path.with_name("api.jsonl.1") and path.read_bytes() == b"old\n":
            rotate(path, most_bytes=0)
            path.write_bytes(b"new\n")

    before(Path, "open", exchange, monkeypatch)
    with closing(LogTail(path, "api")) as tail:
        seen = texts(tail.history())

    assert ["oldest", "old", "new"] == seen


def test_a_file_that_is_gone_when_it_is_opened_is_no_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file may be renamed after it was seen and before it is opened."""
    before(Path, "open", lambda opened: Path(str(opened)).unlink(missing_ok=True), monkeypatch)
    with closing(LogTail(path, "api")) as tail:
        seen = texts(tail.history())

    assert [] == seen


def test_the_last_lines_before_an_exchange_are_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written after the last look at a file and before its exchange is told, also a line without an end."""

    def write_and_exchange(_tail: object) -> None:
        if path.read_bytes() == b"old\n":
            path.write_bytes(b"old\nlate\ncut off")
            rotate(path, most_bytes=0)
            path.write_bytes(b"new\n")

    before(LogTail, "_is_replaced", write_and_exchange, monkeypatch)
    with closing(LogTail(path, "api")) as tail:
        seen = texts(tail.fresh())

    assert ["old", "late", "cut off", "new"] == seen
