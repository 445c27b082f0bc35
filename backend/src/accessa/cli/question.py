"""Asks a person before something is lost for good."""

from __future__ import annotations

import sys

from accessa.cli.output import note
from accessa.domain.errors import UsageError


def agrees(question: str, way_on: str) -> bool:
    """Ask beside standard output, which belongs to the result; anything but a yes is a no.

    Raises `UsageError` when nobody can answer; `way_on` then says how to go on without a question.
    """
    note(f"{question} [y/N]")
    answer = sys.stdin.readline()
    if not answer:
        raise nobody_is_there(way_on)
    return answer.strip().lower() in {"y", "yes"}


def require_terminal(way_on: str) -> None:
    """Raise `UsageError` when no person types the answers."""
    if not sys.stdin.isatty():
        raise nobody_is_there(way_on)


def nobody_is_there(way_on: str) -> UsageError:
    """Say that a question cannot be asked, and how to go on without it."""
    return UsageError("USAGE_WRONG", f"Nobody is there to be asked, so nothing was changed; {way_on}")
