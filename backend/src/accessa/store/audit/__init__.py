"""The audit: every promise about the stored rows as one named check that returns the rows which break it."""

from __future__ import annotations

from accessa.store.audit.check import Check, Finding
from accessa.store.audit.registry import CHECKS
from accessa.store.audit.running import Limits, examine, run_checks

__all__ = ["CHECKS", "Check", "Finding", "Limits", "examine", "run_checks"]
