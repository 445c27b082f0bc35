"""Looking at many things side by side: none waits for another, none can fail the others, and all end in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from accessa.domain.errors import AccessaError
from accessa.stack.diagnosis.finding import Finding, Look, Looks, bad

LIMIT_SECONDS = 3.0
"""What asks somebody gives up by itself before; this is for what cannot, such as a look at a disk that hangs."""


def examine(looks: Looks, limit_seconds: float = LIMIT_SECONDS) -> list[Finding]:
    """Return what each look tells, in their order; one that raises or hangs is a finding of its own name."""
    findings: dict[str, Sequence[Finding]] = {}

    def take(name: str, look: Look) -> None:
        findings[name] = _told(name, look)

    # Not a pool: the end of the program would wait for its threads, also for one that hangs.
    threads = [threading.Thread(target=take, args=row, daemon=True) for row in looks.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + limit_seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    told = findings.copy()
    return [finding for name in looks for finding in told.get(name, [_hangs(name, limit_seconds)])]


def _told(name: str, look: Look) -> Sequence[Finding]:
    try:
        found = look()
        return [found] if isinstance(found, Finding) else list(found)
    except AccessaError as error:
        return [bad(name, error.message, "Do what the sentence says, then run: accessa doctor")]
    except OSError as error:
        about = f" at {error.filename}" if error.filename else ""
        words = f"This could not be looked at: the system says {error.strerror or type(error).__name__}{about}."
        return [bad(name, words, "Make that readable for this user, then run: accessa doctor")]
    except Exception as error:  # noqa: BLE001 - a look that breaks must not hide what the others have found
        words = f"This could not be looked at ({type(error).__name__})."
        return [
            bad(
                name,
                words,
                "See the other lines; if they do not explain it, report it with what this prints: accessa --version",
            )
        ]


def _hangs(name: str, limit_seconds: float) -> Finding:
    words = f"The look at this did not end within {limit_seconds:g} s: a disk, or a program that it asks, hangs."
    return bad(name, words, "See the other lines, and: df -h")
