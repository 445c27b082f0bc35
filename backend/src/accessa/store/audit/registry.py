"""All checks, in the order in which they are run and shown."""

from __future__ import annotations

from accessa.store.audit.check import Check
from accessa.store.audit.content import CONTENT
from accessa.store.audit.history import HISTORY

CHECKS: tuple[Check, ...] = (*HISTORY, *CONTENT)
