"""Silence for a command whose own words are its result: what the parts that it uses would log is left out."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def silent_logs() -> Iterator[None]:
    """Drop what this process and its libraries would log while the block lasts, whatever its level."""
    before, disabled = structlog.get_config(), logging.root.manager.disable
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[_dropped])
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        structlog.configure(**before)
        logging.disable(disabled)


def _dropped(_logger: object, _method: str, _event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    raise structlog.DropEvent
