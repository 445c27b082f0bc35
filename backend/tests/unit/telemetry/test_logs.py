"""Logs: one JSON object a line on standard output, and never a secret or a document's text in it."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from accessa.telemetry.log_context import bound
from accessa.telemetry.logs import LogFormat, configure_logging, get_logger, redact

QUOTED = "the lighthouse keeper insured 212 lamps"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl"
CHATTY = ("httpx", "httpx2", "httpcore", "uvicorn.access", "asyncio")

Lines = Callable[[], list[dict[str, Any]]]


class Odd:
    """Something that JSON does not know."""

    def __str__(self) -> str:
        return "an odd thing with llx-secret3"


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Standard output while logging is configured for a service; everything is put back at the end."""
    root, chatty = logging.getLogger(), [logging.getLogger(name) for name in CHATTY]
    usual = structlog.get_config()
    before = root.handlers, root.level, [logger.level for logger in chatty]
    stream = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        configure_logging("test-service")

    yield stream

    structlog.configure(**usual)
    root.handlers, root.level = before[:2]
    for logger, level in zip(chatty, before[2], strict=True):
        logger.setLevel(level)


@pytest.fixture
def lines(output: io.StringIO) -> Lines:
    """What was written, line by line."""
    return lambda: [json.loads(line) for line in output.getvalue().split("\n")[:-1]]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("key sk-proj-abcDEF_0123456789 refused", "key *** refused"),
        ("Bearer llx-a1B2c3_d4", "Bearer ***"),
        (f"apikey: {TOKEN}, next", "apikey: ***, next"),
        ("postgresql://postgres:s3cr.t!@db.example.org:5432/app", "postgresql://***@db.example.org:5432/app"),
        ("redis://:only-a-password@host", "redis://***@host"),
        ("Authorization: Bearer abc.def-123, next", "Authorization: Bearer *** next"),
        ("/x?X-Amz-Signature=0123abcd&y=1", "/x?X-Amz-Signature=***&y=1"),
        ("ask jane.doe+x@mail.example.org.", "ask ***."),
        ("https://user:p%40ss@host/path", "https://***@host/path"),
        (f"GET /object/sign/raw/a.pdf?token={TOKEN}&x=1", "GET /object/sign/raw/a.pdf?token=***&x=1"),
        ("/object/upload?token=opaque-word'", "/object/upload?token=***'"),
        ("two: llx-one and llx-two", "two: *** and ***"),
    ],
)
def test_secrets_are_redacted(text: str, clean: str) -> None:
    """Keys of both providers, tokens, passwords in addresses and signed addresses become stars."""
    assert clean == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Processing stage completed",
        "ask-the-expert and risk-assessment",
        "http://127.0.0.1:8000/jobs/1?limit=5",
        "see docs at https://example.org/a:b",
        "storage://raw/11111111-1111-4111-8111-111111111111/x.pdf",
        "tokens=300000",
        "https://example.org/@user",
    ],
)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    """A log that hides too much helps nobody."""
    assert text == redact(text)


@given(st.text("abcXYZ0189_-", min_size=8), st.text(max_size=20), st.text(max_size=20))
def test_a_key_is_found_wherever_it_stands(key: str, before: str, after: str) -> None:
    """Whatever stands around it, a provider's key does not get through."""
    assert key not in redact(f"{before} llx-{key} {after}").replace(before, "").replace(after, "")


def test_a_line_is_one_object(lines: Lines) -> None:
    """Level, time, service, message and fields stand in one JSON object."""
    get_logger("accessa.test").info("Processing stage completed", vectors=8, job_id="j-1")

    line = lines()[0]
    time = line.pop("timestamp")
    assert {
        "event": "Processing stage completed",
        "level": "info",
        "service": "test-service",
        "vectors": 8,
        "job_id": "j-1",
    } == line
    assert time.endswith("Z")


def test_a_message_of_many_lines_is_one_line(lines: Lines) -> None:
    """A line break in a value can neither break nor forge a line."""
    get_logger("accessa.test").warning("The worker stops", message='one\ntwo\r\n{"level": "error"}\u2028three')
    logging.getLogger("uvicorn.error").warning("three\nfour")

    assert 'one\ntwo\r\n{"level": "error"}\u2028three' == lines()[0]["message"]
    assert ["The worker stops", "three"] == [line["event"] for line in lines()]


def test_libraries_write_the_same_lines(lines: Lines) -> None:
    """What a library logs has the same shape, and says which library it was."""
    logging.getLogger("uvicorn.error").error("Uvicorn running on %s", "https://user:password@host/")

    line = lines()[0]
    assert {
        "event": "Uvicorn running on https://***@host/",
        "level": "error",
        "service": "test-service",
    }.items() <= line.items()
    assert line["logger"].startswith("uvicorn.error test_logs.py:")


@pytest.mark.parametrize(
    ("library", "words", "arguments", "told"),
    [
        ("pdfium", "no glyph in %r", (QUOTED,), "no glyph in %r"),
        ("pdfium", f"no glyph in {QUOTED}", (), "A library said something"),
        ("asyncio", f"Exception in callback f({QUOTED!r})", (), "Exception in callback f"),
        (
            "asyncio",
            f"Task exception was never retrieved\nfuture: <Task exception=ValueError({QUOTED!r})>",
            (),
            "Task exception was never retrieved",
        ),
    ],
)
def test_values_in_the_words_of_a_library_are_left_out(
    lines: Lines, library: str, words: str, arguments: tuple[str, ...], told: str
) -> None:
    """A library puts what it works on into its messages: only their fixed words get through."""
    logging.getLogger(library).error(words, *arguments)

    assert [told] == [line["event"] for line in lines()]


def test_secrets_are_redacted_in_every_field(lines: Lines) -> None:
    """The message and each field are cleaned, also inside lists and objects."""
    get_logger("accessa.test").error(
        "A promise does not hold",
        check=f"/x?token={TOKEN}",
        total=Odd(),
        rows=["sk-0123456789", {"deep": ("llx-secret2",)}, "of me@example.org"],
    )
    get_logger("accessa.test").info("key llx-secret1")

    first, second = lines()
    assert {
        "check": "/x?token=***",
        "total": "an odd thing with ***",
        "rows": ["***", {"deep": ["***"]}, "of ***"],
    }.items() <= first.items()
    assert "key ***" == second["event"]


def test_a_field_that_is_not_catalogued_is_dropped(lines: Lines) -> None:
    """Nobody has judged what it may hold; the line says that there was one."""
    get_logger("accessa.test").info("Worker stopped", worker_id="w-1", quote=QUOTED, reason="x")
    get_logger("accessa.test").info("Unheard of", quote=QUOTED)

    first, second = lines()
    assert QUOTED not in json.dumps([first, second])
    assert ("w-1", ["quote", "reason"]) == (first["worker_id"], first["left_out"])
    assert ["quote"] == second["left_out"]


def fail() -> None:
    """Fail as a parser or a database does: with a document's words in the message."""
    raise ValueError(f"cannot store: {QUOTED}")


def told_by(log: Callable[[BaseException], None]) -> None:
    """Let an error come up and log it."""
    try:
        try:
            fail()
        except ValueError as error:
            raise KeyError(QUOTED) from error
    except KeyError as error:
        log(error)


@pytest.mark.parametrize(
    "log",
    [
        lambda error: get_logger("accessa.test").error("It failed", exc_info=error),
        lambda _: get_logger("accessa.test").exception("It failed"),
        lambda _: get_logger("accessa.test").error("It failed", exc_info=True),
        lambda _: get_logger("accessa.test").error("It failed", exc_info=sys.exc_info()),
        lambda error: logging.getLogger("uvicorn.error").error("It failed", exc_info=error),
    ],
)
def test_an_error_is_told_by_its_type_and_trail(
    lines: Lines, capsys: pytest.CaptureFixture[str], log: Callable[[BaseException], None]
) -> None:
    """The places it passed help to find it; its text, and that of its cause, may quote a document and stay out."""
    told_by(log)

    line = lines()[0]
    assert ("It failed", "KeyError") == (line["event"], line["error_type"])
    assert ["test_logs.py", "told_by"] == [line["error_trail"][-1].split(":")[0], line["error_trail"][-1].split()[-1]]
    assert QUOTED not in json.dumps(line)
    assert "" == capsys.readouterr().err


def test_a_trail_is_short_and_names_no_folder(lines: Lines) -> None:
    """The last six places, each as file, line and function."""

    def deeper(left: int) -> None:
        if left:
            deeper(left - 1)
        fail()

    try:
        deeper(20)
    except ValueError as error:
        get_logger("accessa.test").error("It failed", exc_info=error)

    trail = lines()[0]["error_trail"]
    assert (6, "fail") == (len(trail), trail[-1].split()[-1])
    assert not any("/" in place for place in trail)


def test_no_error_means_no_trail(lines: Lines) -> None:
    """Asking for the present error where there is none is harmless."""
    get_logger("accessa.test").error("No error", exc_info=True)

    assert not {"error_type", "error_trail", "exc_info", "exception"} & lines()[0].keys()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Odd(), "an odd thing with ***"),
        (2**70, 2**70),
        (float("nan"), None),
        ({1: "a"}, {"1": "a"}),
        ({("a", "b"): 2**70}, {}),
        ("half a pair \ud83d", "half a pair \ud83d"),
        ({"deep": ["\udcff"]}, {"deep": ["\udcff"]}),
        ({"one"}, ["one"]),
        (("a", 2), ["a", 2]),
        (ValueError(QUOTED), "ValueError"),
        ([OSError(QUOTED)], ["OSError"]),
        (b"bytes", "b'bytes'"),
    ],
)
def test_no_value_can_lose_a_line(
    lines: Lines, capsys: pytest.CaptureFixture[str], value: object, written: object
) -> None:
    """A value that JSON cannot hold is written as near as can be, and the line is never dropped."""
    get_logger("accessa.test").info("A promise does not hold", rows=value)

    assert "" == capsys.readouterr().err
    assert [written] == [line["rows"] for line in lines()]


def test_bound_ids_are_on_every_line(lines: Lines) -> None:
    """Ids bound for a job stand on the lines of the product and of libraries alike, and go with the job."""
    with bound(job_id="j-1", correlation_id="c-1"):
        get_logger("accessa.test").info("Worker started")
        logging.getLogger("library").warning("two %s")
    get_logger("accessa.test").info("Worker stopped")

    assert [("j-1", "c-1"), ("j-1", "c-1"), (None, None)] == [
        (line.get("job_id"), line.get("correlation_id")) for line in lines()
    ]


def test_chatter_of_libraries_is_left_out(lines: Lines) -> None:
    """HTTP libraries log each address that is called, signed ones too; only their warnings are kept."""
    logging.getLogger("httpx").info("HTTP Request: GET https://host/?token=x")
    logging.getLogger("httpcore").info("connect")
    logging.getLogger("httpx").warning("odd %s", "x")

    assert ["odd %s"] == [line["event"] for line in lines()]


@pytest.mark.parametrize(("level", "events"), [("DEBUG", 4), ("INFO", 3), ("WARNING", 2), ("ERROR", 1)])
def test_the_level_is_obeyed(
    output: io.StringIO, lines: Lines, monkeypatch: pytest.MonkeyPatch, level: str, events: int
) -> None:
    """What is less than the level of the settings is not written, by whomever it comes."""
    monkeypatch.setattr(sys, "stdout", output)
    configure_logging("test-service", level)
    for logger in (get_logger("accessa.test"), logging.getLogger("library")):
        logger.debug("debug")
        logger.info("info")
        logger.warning("warning")
        logger.error("error")

    assert ["debug", "info", "warning", "error"][-events:] * 2 == [line["level"] for line in lines()]


@pytest.mark.parametrize(("form", "terminal", "is_json"), [("auto", True, False), ("auto", False, True)])
@pytest.mark.parametrize(("forced", "forced_json"), [(None, None), ("json", True), ("pretty", False)])
def test_a_terminal_gets_lines_for_people(
    output: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    *,
    form: LogFormat,
    terminal: bool,
    is_json: bool,
    forced: LogFormat | None,
    forced_json: bool | None,
) -> None:
    """Who sits at a terminal can read it, a file gets JSON, and LOG_FORMAT decides otherwise; secrets go in both."""
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(output, "isatty", lambda: terminal, raising=False)
    configure_logging("test-service", form=forced or form)
    get_logger("accessa.test").error("The worker stops", message="key llx-secret1", quote=QUOTED)
    logging.getLogger("uvicorn.error").error("down")
    written = output.getvalue()

    assert (is_json if forced_json is None else forced_json) == written.startswith("{")
    assert "The worker stops" in written
    assert not {"llx-secret1", QUOTED} & {word for word in ("llx-secret1", QUOTED) if word in written}
