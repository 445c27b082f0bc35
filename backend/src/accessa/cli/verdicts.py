"""One line a check: what was looked at, whether it is well, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass

from accessa.cli.output import say


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one check; `mend` is the command that helps when it is not well."""

    name: str
    ok: bool
    sentence: str
    mend: str | None = None


def tell(verdict: Verdict) -> None:
    """Print the verdict as one plain line."""
    mark = "ok  " if verdict.ok else "BAD "
    mend = f" -> {verdict.mend}" if verdict.mend and not verdict.ok else ""
    say(f"{mark} {verdict.name:<16} {verdict.sentence}{mend}")
