"""What the exit code of a command means."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """The verdict of a command, for scripts."""

    OK = 0  #: all asked for was done; every document is complete
    FAILED = 1  #: some document failed, or a check did
    USAGE = 2  #: wrong usage, or the stack is not running; the sentence names what mends it
    INTERRUPTED = 130  #: stopped by Ctrl-C
