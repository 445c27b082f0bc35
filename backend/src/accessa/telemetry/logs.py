"""Structured logs: one JSON object a line on standard output, with catalogued fields only and without secrets."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Literal, cast

import orjson
import structlog

from accessa.telemetry.event_catalogue import ALLOWED, LIBRARY_FIELDS
from accessa.telemetry.library_words import words_of_library
from accessa.telemetry.log_context import merge_bound
from accessa.telemetry.redaction import may_hold_secret, redact, without_secrets

__all__ = ["LogFormat", "configure_logging", "get_logger", "redact"]

LogFormat = Literal["auto", "json", "pretty"]
_CHATTY = ("httpx", "httpx2", "httpcore", "uvicorn.access", "asyncio")
Event = MutableMapping[str, object]


def configure_logging(service: str, level: str = "INFO", form: LogFormat = "auto") -> None:
    """Send this process's logs, and those of its libraries, to standard output under the name of `service`.

    A person at a terminal gets coloured lines, unless `form` says otherwise; whoever else reads gets JSON.
    """
    is_pretty = form == "pretty" or (form == "auto" and sys.stdout.isatty())
    shared: list[structlog.typing.Processor] = [
        merge_bound,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _of_service(service),
        _name_exception,
    ]
    told: list[structlog.typing.Processor] = [_keep_catalogued, *(_pretty() if is_pretty else [_as_json])]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[words_of_library, *shared],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *told],
        pass_foreign_args=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[*shared, *told],
        # Past the standard library, whose records cost more than all the rest of a line.
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(root.level),
        cache_logger_on_first_use=True,
    )


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return a logger; `telemetry.log_context` adds whom the work is for."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(name))


def _of_service(service: str) -> structlog.typing.Processor:
    def add(_logger: object, _method: str, event: Event) -> Event:
        event["service"] = service
        return event

    return add


def _name_exception(_logger: object, _method: str, event: Event) -> Event:
    """Replace an exception by its type and the places it passed: its text may quote a row of a document."""
    if "exc_info" not in event:
        return event
    info = event.pop("exc_info")
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error_type"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-6:]
        event["error_trail"] = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _keep_catalogued(_logger: object, _method: str, event: Event) -> Event:
    """Drop what the catalogue does not know of this event, but for its name: nobody has judged what it holds."""
    allowed = ALLOWED.get(str(event["event"]), LIBRARY_FIELDS)
    if event.keys() <= allowed:
        return event
    kept: Event = {name: value for name, value in event.items() if name in allowed}
    kept["left_out"] = sorted(event.keys() - allowed)
    return kept


def _pretty() -> list[structlog.typing.Processor]:
    return [_clean, structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]


def _clean(_logger: object, _method: str, event: Event) -> Event:
    return {name: without_secrets(value) for name, value in event.items()}


def _as_json(_logger: object, _method: str, event: Event) -> str:
    line = _dumped(event)
    # Nearly all lines hold nothing that could be a secret, and to see that of the whole line takes next to no time.
    return _dumped({name: without_secrets(value) for name, value in event.items()}) if may_hold_secret(line) else line


def _dumped(event: Event) -> str:
    try:
        return orjson.dumps(event, default=_as_text, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        # orjson refuses huge numbers and halves of surrogate pairs. A line that fails is printed raw on standard error.
        return json.dumps(event, default=_as_text, skipkeys=True)


def _as_text(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return list(value) if isinstance(value, set | frozenset) else redact(str(value))
