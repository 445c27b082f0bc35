"""Turning whatever a service prints into one JSON object a line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

import orjson

from accessa.telemetry.logs import redact

_LONGEST = 4000
_POSTGRES = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) UTC \[(\d+)\] ([A-Z]+\d?):\s+(.*)", re.DOTALL)
# Postgres calls it fatal that a health check came too early.
_TOO_EARLY = "the database system is starting up"
# It quotes a value behind a colon, and names of tables anywhere.
_VALUE = re.compile(r':\s*".*', re.DOTALL)
_POSTGRES_LEVELS = {"WARNING": "warning", "ERROR": "error", "FATAL": "error", "PANIC": "critical"}
_TRACEBACK = re.compile(r'Traceback |\s+File "|[\w.]*(Error|Exception|Exit|Interrupt|Warning)\b')
# The last line of a traceback: what was raised, and its words, which may quote a document.
_RAISED = re.compile(r"((?:\w+\.)*\w*(?:Error|Exception|Group)): .*", re.DOTALL)
# These tell of the program and the machine.
_HARMLESS = {"ImportError", "ModuleNotFoundError", "SyntaxError", "OSError", "PermissionError"}


def as_event(line: bytes, service: str, moment: str = "") -> dict[str, object]:
    """Return `line` as an event with at least timestamp, level, service and event; `service` is the supervisor's name.

    A JSON object keeps its fields. Anything else, such as Postgres's lines and tracebacks, becomes the `event`,
    without what looks like a secret, and cut to 4,000 characters. A line that tells no time gets `moment`, or now.
    """
    event = _json_object(line) or _from_text(line.decode(errors="replace").rstrip(), service)
    event["service"] = service
    event.setdefault("timestamp", moment or now())
    event.setdefault("level", "info")
    event.setdefault("event", "")
    return event


def words_of(event: Mapping[str, object]) -> str:
    """Return what an event says in one line: what happened, and the sentence that explains it where it has one."""
    happened, message = str(event["event"]).strip(), str(event.get("message") or "").strip()
    return f"{happened}: {message}" if message else happened


def now() -> str:
    """Return this moment the way the services write it: ISO, UTC, microseconds, Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _json_object(line: bytes) -> dict[str, object] | None:
    if not line.startswith(b"{"):
        return None
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _without_words(text: str) -> str:
    raised = _RAISED.fullmatch(text)
    return text if raised is None or raised[1] in _HARMLESS else f"{raised[1]}: (its words are left out)"


def _from_text(text: str, service: str) -> dict[str, object]:
    if service == "postgres" and text.startswith("\t"):
        # The rest of a message of many lines, which are those of a value.
        return {"level": "info", "event": "(the rest is left out)"}
    match = _POSTGRES.fullmatch(text)
    if not match:
        level = "error" if _TRACEBACK.match(text) else "info"
        return {"level": level, "event": redact(_without_words(text)[:_LONGEST])}
    day, clock, pid, level, words = match.groups()
    return {
        "timestamp": f"{day}T{clock}000Z",
        "level": "info" if words == _TOO_EARLY else _POSTGRES_LEVELS.get(level, "info"),
        "event": redact(_VALUE.sub(": (a value is left out)", words)[:_LONGEST]),
        "pid": int(pid),
    }
