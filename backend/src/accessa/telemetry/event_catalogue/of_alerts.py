"""What the monitoring says of the alerts."""

from __future__ import annotations

from accessa.telemetry.event_catalogue.logged_event import event

EVENTS = (
    event(
        "A critical alert fires",
        "error",
        "Somebody has to act now; `next` is the first command to run.",
        "alert severity labels sentence next",
    ),
    event(
        "Alert fires",
        "warning",
        "Somebody has to look at it; `next` is the first command to run.",
        "alert severity labels sentence next",
    ),
    event("Alert resolved", "info", "What it told of is over.", "alert severity labels sentence"),
    event("Alert not delivered", "error", "A channel refused it to the end.", "code channel alert reason"),
    event("An alert cannot be judged", "warning", "What was so stays so.", "alert sentence"),
    event("The records of alerts are away", "warning", "They are kept in memory until the database is back."),
    event("A round of alerts met something unexpected", "exception", "The next one is tried.", "code"),
)
