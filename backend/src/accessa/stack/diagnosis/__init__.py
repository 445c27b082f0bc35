"""`accessa doctor`: one sentence about each thing the stack needs and does, and what mends it.

A look is a small function that asks one thing and returns a `Finding`, or a few; `examine` runs many of them side by
side. What concerns the running services by their addresses alone (database, storage, keys, alerts) serves any stack.
"""

from __future__ import annotations

from accessa.stack.diagnosis.finding import Finding
from accessa.stack.diagnosis.looks import doctor, machine_findings

__all__ = ["Finding", "doctor", "machine_findings"]
