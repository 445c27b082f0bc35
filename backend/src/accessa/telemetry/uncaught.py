"""The last words of a process: an error that nobody caught is logged like any other, and not printed with its text."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from accessa.telemetry.logs import get_logger

log = get_logger(__name__)


def log_uncaught() -> None:
    """Have errors logged that would end this process or one of its threads; for the start of a program only."""
    sys.excepthook = _tell_end
    threading.excepthook = _tell_thread


def _tell_end(kind: type[BaseException], error: BaseException, trail: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trail)
        return
    log.critical("The process ends with something unexpected", exc_info=error)


def _tell_thread(told: threading.ExceptHookArgs) -> None:
    name = told.thread.name if told.thread else None
    log.error("A thread met something unexpected", exc_info=told.exc_value, thread=name)
