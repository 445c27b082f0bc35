"""What the supervisor of the local stack says."""

from __future__ import annotations

from accessa.telemetry.event_catalogue.logged_event import event

EVENTS = (
    event("Supervisor started", "info", "It starts what the plan names.", "pid"),
    event("Supervisor stopped", "info", "All services are gone."),
    event("The stack is running", "info", "Every service is healthy."),
    event("The plan changed", "info", "After `accessa up` with other services.", "stopped started"),
    event("Service is healthy", "info", "It answers.", "name pid"),
    event("Service restarts", "warning", "It died; `reason` says how.", "name reason restarts pause_seconds"),
    event("Service restarts on request", "info", "After `accessa restart`; it is told to stop.", "name pid"),
    event("Service stopped", "info", "It was told to.", "name duration_seconds"),
    event("Service did not start", "error", "The stack is stopped again.", "name reason"),
    event("Running a service met something unexpected", "exception", "A defect; it is started again.", "name"),
    event("The supervisor met something unexpected", "exception", "A defect; the stack is stopped."),
    event("The state file could not be written", "error", "`accessa status` may be behind.", "reason"),
)
