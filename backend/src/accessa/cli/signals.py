"""Terminations that end a long command as Ctrl-C does."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from accessa.cli.output import note


@contextmanager
def ended_by_signals(what: str) -> Iterator[None]:
    """Let a termination end `what` as Ctrl-C does, with everything stopped that it has started."""

    def interrupt(_number: int, _frame: object) -> None:
        note(f"Interrupted; stopping what {what} has started.")
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
