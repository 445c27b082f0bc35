"""What a look tells: one sentence about one thing, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

RESTART = "accessa down && accessa up"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` is what to do if it is not `ok`, else empty."""

    name: str
    ok: bool
    sentence: str
    mend: str = ""


# A look raises whatever it meets, and may tell of several things; the words of who runs it make a finding of that.
Look = Callable[[], Finding | Iterable[Finding]]
Looks = Mapping[str, Look]


def good(name: str, sentence: str) -> Finding:
    """Return the finding that all is well."""
    return Finding(name, ok=True, sentence=sentence)


def bad(name: str, sentence: str, mend: str) -> Finding:
    """Return the finding that something is not, and what mends it."""
    return Finding(name, ok=False, sentence=sentence, mend=mend)
