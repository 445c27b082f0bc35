"""Structured logs: one JSON object a line on standard output, without secrets or document text."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import cast

import orjson
import structlog

from accessa.telemetry.log_context import merge_bound

_SECRET = re.compile(
    r"(\bsk-[A-Za-z0-9_-]{8,}|llx-[A-Za-z0-9_-]+|eyJ[A-Za-z0-9_-]{10,}[A-Za-z0-9._-]*|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"
    r"|(?<=token=)[^&\s\"']+)"
)
# Whatever is a secret holds one of these.
_MARKS = ("sk-", "llx-", "eyJ", "://", "token=")


def redact(text: str) -> str:
    """Return `text` with everything that looks like a key, token or password replaced by stars."""
    # Nearly all texts hold none of these, and to see that takes a tenth of the time.
    return _SECRET.sub("***", text) if any(mark in text for mark in _MARKS) else text


def _redact_values(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    for name, value in event.items():
        event[name] = _clean(value)
    return event


def _clean(value: object) -> object:
    """Return a value without secrets at any depth; of an error only its type is told."""
    match value:
        case str():
            return redact(value)
        case dict():
            return {name: _clean(part) for name, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_clean(part) for part in value]
        case BaseException():
            return type(value).__name__
    return value


def _name_exception(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Replace an exception by its type and the places it passed: its text may quote a row of a document."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error_type"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        event["error_trail"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _as_json(event: MutableMapping[str, object], **_options: object) -> str:
    try:
        return orjson.dumps(event, default=_as_text, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # orjson refuses huge numbers and halves of surrogate pairs. A line that fails is printed raw on standard error.
        return json.dumps(event, default=_as_text, skipkeys=True)


def _as_text(value: object) -> str:
    return redact(str(value))


def _of_service(service: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
        event["service"] = service
        return event

    return add


def configure_logging(service: str, level: str = "INFO") -> None:
    """Send this process's logs, and those of its libraries, to standard output under the name of `service`."""
    shared: list[structlog.typing.Processor] = [
        merge_bound,
        _of_service(service),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_exception,
        _redact_values,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(serializer=_as_json),
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in ("httpx", "httpx2", "httpcore", "uvicorn.access", "asyncio"):
        logging.getLogger(chatty).setLevel("WARNING")
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_as_json)],
        # Past the standard library, whose records cost more than all the rest of a line.
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger; `telemetry.log_context` adds whom the work is for."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(name))
