"""Many looks side by side: each tells for itself, whatever the others do."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from accessa.domain.errors import UsageError
from accessa.stack.diagnosis.examination import examine
from accessa.stack.diagnosis.finding import Finding, bad, good


def of_two() -> Iterator[Finding]:
    """Tell of two things."""
    yield good("one", "One is well.")
    yield bad("two", "Two is not.", "Run: two")


def test_the_findings_come_in_the_order_of_the_looks() -> None:
    """A look may tell of several things, or of none."""
    found = examine({"first": lambda: good("first", "It is well."), "both": of_two, "none": list})

    assert ["first", "one", "two"] == [finding.name for finding in found]


def test_a_look_that_breaks_is_a_finding() -> None:
    """Whatever a look meets becomes a sentence under its name, and the others tell what they have found."""

    def refused() -> Finding:
        raise UsageError("STACK_FAILED", "The cellar is locked.")

    def unreadable() -> Finding:
        raise PermissionError(13, "Permission denied", "/etc/cellar")

    def broken() -> Finding:
        raise ZeroDivisionError

    found = {
        finding.name: finding
        for finding in examine({"a": refused, "b": unreadable, "c": broken, "d": lambda: good("d", "Well.")})
    }

    assert ["a", "b", "c"] == [name for name, finding in found.items() if not finding.ok]
    assert "The cellar is locked." == found["a"].sentence
    assert "the system says Permission denied at /etc/cellar." in found["b"].sentence
    assert "This could not be looked at (ZeroDivisionError)." == found["c"].sentence
    assert all(finding.mend for finding in found.values() if not finding.ok)


def test_a_look_that_hangs_is_a_finding_in_time() -> None:
    """Nobody waits for a look longer than the limit, and several that hang take no longer than one."""
    released = threading.Event()

    def hang() -> Finding:
        released.wait(60)
        return good("hang", "It went on.")

    begun = time.monotonic()
    found = examine({"one": hang, "two": hang, "three": lambda: good("three", "Well.")}, limit_seconds=0.1)
    seconds = time.monotonic() - begun
    released.set()

    assert [("one", False), ("two", False), ("three", True)] == [(finding.name, finding.ok) for finding in found]
    assert "did not end within 0.1 s" in found[0].sentence
    assert seconds < 5
