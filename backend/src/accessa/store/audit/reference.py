"""The reference page of the checks, made from the registry: `python -m accessa.store.audit.reference >` its file."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from accessa.store.audit.check import Check
from accessa.store.audit.content import CONTENT
from accessa.store.audit.endings import ENDINGS
from accessa.store.audit.history import HISTORY
from accessa.store.audit.ownership import OWNERSHIP
from accessa.store.audit.publication import PUBLICATION
from accessa.store.audit.purchases import PURCHASES
from accessa.store.audit.registry import FILES_ARE_KEPT
from accessa.store.audit.rest import REST

_HEAD = """# The checks of the audit

This page is made from the checks themselves; a test compares the two. [How to run them](../how-to/audit.md).

Each check is one statement, the file of its name in `backend/src/accessa/store/audit`. It returns the rows that break
its promise, so no row means that it holds. Names begin with the number of the promise; the letters are parts of it.
"""
_NOTES = {
    "Money": "The two of the bill need what only a drill has: the bills of the simulators.",
    "Owners and webhooks": (
        "`s11a_acknowledged_is_kept` needs the ids that a client was promised. `s11f_files_are_kept` reads the storage"
        "\nand runs with `--objects`."
    ),
    "At rest": "These hold only while nothing is under way; they run with `--at-rest`.",
}


def reference_page() -> str:
    """Return the page as Markdown."""
    groups: dict[str, Sequence[Check]] = {
        "History": HISTORY,
        "Content": CONTENT,
        "Money": PURCHASES,
        "Owners and webhooks": (*OWNERSHIP, FILES_ARE_KEPT),
        "Failures and leases": ENDINGS,
        "What is live, and what is kept": PUBLICATION,
        "At rest": REST,
    }
    return _HEAD + "".join(_section(title, checks) for title, checks in groups.items())


def _section(title: str, checks: Sequence[Check]) -> str:
    note = f"{_NOTES[title]}\n\n" if title in _NOTES else ""
    rows = "".join(f"| `{each.name}` | {each.promise} | {each.rows} | {each.mending} |\n" for each in checks)
    return f"\n## {title}\n\n{note}| Check | Promise | Rows | When it is broken |\n| --- | --- | --- | --- |\n{rows}"


if __name__ == "__main__":
    sys.stdout.write(reference_page())
