"""Whatever a service prints becomes an event."""

from __future__ import annotations

import pytest

from accessa.stack.log_events import as_event


def test_a_json_line_keeps_its_fields_and_gets_the_supervisors_name() -> None:
    """Workers all log under one name; the supervisor tells them apart."""
    line = b'{"event": "claimed", "level": "debug", "timestamp": "t", "service": "base-worker", "job_id": "j"}'

    assert {
        "event": "claimed",
        "level": "debug",
        "timestamp": "t",
        "service": "base-worker-2",
        "job_id": "j",
    } == as_event(line, "base-worker-2")


@pytest.mark.parametrize(
    ("word", "level"),
    [("LOG", "info"), ("WARNING", "warning"), ("ERROR", "error"), ("FATAL", "error"), ("PANIC", "critical")],
)
def test_a_line_of_postgres_is_understood(word: str, level: str) -> None:
    """Time, process and level of a Postgres line become fields."""
    event = as_event(f"2026-11-23 14:16:41.686 UTC [13881] {word}:  something: happened".encode(), "postgres")

    assert {
        "timestamp": "2026-11-23T14:16:41.686000Z",
        "level": level,
        "event": "something: happened",
        "pid": 13881,
        "service": "postgres",
    } == event


def test_a_value_in_the_words_of_postgres_is_left_out() -> None:
    """It may be a text of a document; names of tables stay."""
    said = ['invalid input syntax for type uuid: "212 lamps"', 'relation "upload_jobs" does not exist']
    lines = [f"2026-11-23 14:16:41.686 UTC [13881] ERROR:  {words}".encode() for words in said]

    assert "(the rest is left out)" == as_event(b"\tand 10 bulbs", "postgres")["event"]
    assert ["invalid input syntax for type uuid: (a value is left out)", said[1]] == [
        as_event(line, "postgres")["event"] for line in lines
    ]


def test_a_traceback_is_an_error() -> None:
    """The lines of a crash are errors; any other text is information at the given moment."""
    lines = [b"Traceback (most recent call last):", b'  File "a.py", line 1, in b', b"ValueError: no", b"hello"]

    assert ["error", "error", "error", "info"] == [as_event(line, "api-server")["level"] for line in lines]
    assert "then" == as_event(b"hello", "api-server", "then")["timestamp"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("ValueError: the keeper insured 212 lamps", "ValueError: (its words are left out)"),
        (
            "accessa.domain.errors.PermanentError: 212 lamps",
            "accessa.domain.errors.PermanentError: (its words are left out)",
        ),
        ("ModuleNotFoundError: No module named 'accessa'", "ModuleNotFoundError: No module named 'accessa'"),
        ("INFO: ready", "INFO: ready"),
    ],
)
def test_the_words_of_an_error_are_left_out(said: str, told: str) -> None:
    """A traceback that a dying program prints ends with words that may quote a document."""
    assert told == as_event(said.encode(), "api-server")["event"]


@pytest.mark.parametrize("line", [b"{broken", b"[1, 2]", b"{\xff\xfe", b"\x00"])
def test_a_line_that_only_looks_like_json_is_text(line: bytes) -> None:
    """Nothing that is printed stops the log."""
    event = as_event(line, "api-server")

    assert {"timestamp", "level", "service", "event"} == set(event)


def test_a_secret_in_text_is_starred_and_a_long_line_is_cut() -> None:
    """Raw text is redacted and bounded."""
    key = as_event(b"using sk-abcdefghijklmnop now", "api-server")
    long = as_event(b"x" * 10_000, "api-server")

    assert "using *** now" == key["event"]
    assert 4000 == len(str(long["event"]))
