"""Silence for a command whose own words are its result: what the parts that it uses would log is left out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

_lock = threading.Lock()
# What was in force before the first of those who want silence at the same time; the last of them brings it back.
_before: list[tuple[dict[str, Any], int]] = []


@contextmanager
def silent_logs() -> Iterator[None]:
    """Drop what this process and its libraries would log while the block lasts, whatever its level."""
    with _lock:
        _before.append(_before[0] if _before else (structlog.get_config(), logging.root.manager.disable))
        structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_dropped])
        logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        with _lock:
            configuration, disabled = _before.pop()
            if not _before:
                structlog.configure(**configuration)
                logging.disable(disabled)


def _dropped(_logger: object, _method: str, _event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    raise structlog.DropEvent
