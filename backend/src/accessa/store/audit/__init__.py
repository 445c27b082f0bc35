"""The audit: every promise about the stored rows as one named check that returns the rows which break it."""

from __future__ import annotations

from accessa.store.audit.check import Check, Finding
from accessa.store.audit.documents import documents_of
from accessa.store.audit.registry import CHECKS, FILES_ARE_KEPT
from accessa.store.audit.running import GRACE_SECONDS, ROWS_SHOWN, Limits, examine, run_checks

__all__ = [
    "CHECKS",
    "FILES_ARE_KEPT",
    "GRACE_SECONDS",
    "ROWS_SHOWN",
    "Check",
    "Finding",
    "Limits",
    "documents_of",
    "examine",
    "run_checks",
]
