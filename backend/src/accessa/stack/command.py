"""Command lines that start a program through `launch.py`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_LAUNCHER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")), "--")


@dataclass(frozen=True, slots=True)
class Identity:
    """The user and group that a program runs as."""

    user: int
    group: int


def bound_command(
    argv: Sequence[str], identity: Identity | None = None, death_signal: int = signal.SIGTERM
) -> tuple[str, ...]:
    """Return the command line that runs `argv` as `identity` and ends it when this process dies (on Linux).

    Start it from a thread that lives as long as the process: Linux watches the thread that started the child.
    """
    return _launch(["--parent", str(os.getpid()), "--signal", str(int(death_signal)), *_rights(identity)], argv)


def plain_command(argv: Sequence[str], identity: Identity | None = None) -> tuple[str, ...]:
    """Return the command line that runs `argv` as `identity`."""
    return _launch(_rights(identity), argv)


def detached_command(argv: Sequence[str], log: Path) -> tuple[str, ...]:
    """Return the command line that leaves `argv` running in the background, its output in `log`, and prints its id."""
    return _launch(["--detach", str(log)], argv)


def _launch(options: Sequence[str], argv: Sequence[str]) -> tuple[str, ...]:
    return (*_LAUNCHER[:-1], *options, "--", *argv)


def _rights(identity: Identity | None) -> list[str]:
    return [] if identity is None else ["--user", str(identity.user), "--group", str(identity.group)]
