"""What the last audit has found."""

from __future__ import annotations

from accessa.observe.metric import Sample, gauge
from accessa.store.audit import CHECKS
from accessa.store.audit_runs import find_last_audit
from accessa.store.database import Connection

VIOLATIONS = gauge("accessa_audit_violations", "Rows that break a promise, by the last audit", "check")
UNFINISHED = gauge("accessa_audit_unfinished_checks", "Checks of the last audit that took too long for a verdict")
ENDED = gauge("accessa_audit_last_run_timestamp_seconds", "When the last audit ended")


class AuditReading:
    """Nothing is told before the first audit: no news must not pass for good news."""

    metrics = (VIOLATIONS, UNFINISHED, ENDED)
    every_seconds = 5.0

    async def read(self, connection: Connection) -> list[Sample]:
        """Return the verdict of the newest audit."""
        verdict = await find_last_audit(connection)
        if verdict is None:
            return []
        checks = {check.name for check in CHECKS if not check.at_rest and not check.needs_evidence}
        return [
            *(
                Sample(VIOLATIONS, verdict.violations.get(name, 0), (name,))
                for name in sorted(checks | verdict.violations.keys())
            ),
            Sample(UNFINISHED, len(verdict.unfinished)),
            Sample(ENDED, verdict.ended_at),
        ]
