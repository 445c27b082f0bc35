"""What the API, the local storage and the monitoring service say."""

from __future__ import annotations

from accessa.telemetry.event_catalogue.logged_event import event

EVENTS = (
    event(
        "Request served",
        "info",
        "A request to the API was answered; one about health or metrics is not told.",
        "method route status duration_seconds",
    ),
    event("The request could not be served", "warning", "It was answered with 5xx.", "code provider_status"),
    event("The request met something unexpected", "exception", "A defect: please report it with the trail."),
    event("The API cannot start", "error", "A wrong setting; mend what the message names.", "code message"),
    event("The storage is not ready yet", "warning", "The buckets are looked for again.", "code"),
    event(
        "Storage request served",
        "info",
        "A request to the local storage was answered; `operation` is its handler.",
        "method operation status duration_seconds",
    ),
    event("The storage listens", "info", "It answers on this port from now on.", "host port"),
    event("The storage did not start", "error", "Mend what the message names.", "code message"),
    event("A storage request failed", "error", "A defect, or a broken disk.", "method"),
    event("The disk is full; the request was refused", "error", "Make room; it is told to the caller.", "method"),
    event("Leftovers of an interrupted run were removed", "info", "Uploads that never ended.", "count"),
    event("Objects have lost their bytes; upload them again", "error", "Rows without their files.", "count"),
    event("The monitoring cannot start", "error", "A wrong setting; mend what the message names.", "code message"),
    event("A wrong token was shown to the monitoring", "warning", "After five it has to wait; nobody got in."),
    event("The page could not be brought up to date", "exception", "A defect; the next look is made."),
    event("The canary was found", "info", "A document passed the whole pipeline.", "step duration_seconds"),
    event(
        "The canary was not found",
        "error",
        "A document did not pass in time; `step` is how far it came.",
        "step duration_seconds code",
    ),
    event("The canary could not be sent", "warning", "The next one is tried.", "code"),
    event("The API does not answer; the first canary is sent all the same", "warning", "It will tell why.", "code"),
    event(
        "What the dashboard knows of the database changed", "warning", "What stands on the page about it.", "message"
    ),
)
