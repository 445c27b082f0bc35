"""Where words go: results to standard output, notes to standard error, one JSON object a line when asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from rich.console import Console

from accessa.cli.figures import printable


def on_terminal() -> bool:
    """Tell whether a person watches standard output."""
    return sys.stdout.isatty()


def console() -> Console:
    """Return a console that takes every text as it is: no markup, no guessed colours."""
    return Console(markup=False, highlight=False, emoji=False, soft_wrap=not on_terminal())


def say(line: str) -> None:
    """Print one plain line of the result."""
    sys.stdout.write(f"{printable(line)}\n")
    sys.stdout.flush()


def note(sentence: str) -> None:
    """Print one sentence beside the result, on standard error."""
    sys.stderr.write(f"{printable(sentence)}\n")
    sys.stderr.flush()


def emit(row: Mapping[str, object]) -> None:
    """Print one JSON object as one line of UTF-8, whatever the locale."""
    line = json.dumps(row, ensure_ascii=False, default=str)
    sys.stdout.flush()
    sys.stdout.buffer.write(line.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
