"""What workers say of themselves and of their duties."""

from __future__ import annotations

from accessa.telemetry.event_catalogue.logged_event import event

EVENTS = (
    event("Worker started", "info", "It claims jobs from now on.", "worker_id jobs_at_once budgets metrics_url"),
    event("The worker could not tell how it is", "warning", "A probe or a scrape of it was answered with 500."),
    event("Old rows could not be deleted", "warning", "It is tried again with the next round."),
    event("Worker stopped", "info", "What it held is handed back.", "worker_id"),
    event("The worker cannot start", "error", "A wrong setting; mend what the message names.", "code message"),
    event("The worker stops", "error", "It cannot work here; mend what the message names.", "code message"),
    event(
        "The worker does not come to its end and is ended", "warning", "Its jobs are handed back first.", "worker_id"
    ),
    event("The worker waits for the database", "warning", "For its schema, or for its answer.", "message needed code"),
    event("The database is ready for work", "info", "Its schema is one this version knows.", "schema"),
    event("The database could not be looked at", "warning", "It is tried again.", "code"),
    event(
        "The doorbell is off behind a transaction pooler: work is found by polling alone", "info", "Nobody can listen."
    ),
    event("No jobs could be claimed", "warning", "The database was in trouble; it is tried again.", "code message"),
    event("Claiming met something unexpected", "warning", "It is tried again.", "code"),
    event("Jobs of a claim whose answer got lost were taken up", "info", "They were this worker's all along.", "count"),
    event("The heartbeat could not be written", "warning", "It is tried again.", "code"),
    event(
        "The event loop is held up",
        "error",
        "Something computes where it must not: leases are in danger; `at` is where.",
        "code limit_seconds at",
    ),
    event("Webhooks cannot reach the API at API_PUBLIC_URL", "warning", "Parses are polled for instead.", "code found"),
    event("The audit could not run", "warning", "It is tried again.", "code"),
    event("A check of the audit could not finish", "warning", "It is tried again.", "check"),
    event("A promise does not hold", "error", "Run accessa audit; `rows` are the first.", "check total rows"),
    event("A search index was made, and is filled from now on", "info", "A user has many vectors.", "index"),
    event("A search index was built", "info", "Searches use it from now on.", "index duration_seconds"),
    event("A search index was removed", "info", "Nobody needs it any more.", "index"),
    event(
        "The search index could not be kept; searches find everything without it",
        "warning",
        "It is tried again.",
        "code",
    ),
)
