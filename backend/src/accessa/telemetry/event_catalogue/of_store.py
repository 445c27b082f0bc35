"""What is said of calls to services, of the database and of the providers' gates."""

from __future__ import annotations

from accessa.telemetry.event_catalogue.logged_event import event

CALLS = (
    event(
        "Provider call ended",
        "info",
        "A call that is paid for was answered; `request_id` is the provider's own name of it.",
        "provider operation status duration_seconds request_id",
    ),
    event(
        "Provider call failed",
        "info",
        "Paid for or not; `outcome` is that of the metrics. What is done about it is told by the job.",
        "provider operation status duration_seconds outcome code",
    ),
    event(
        "Provider was asked",
        "info",
        "A free call was answered: for a document, as a file's upload or the look at a parse, or after 5 s or more.",
        "provider operation status duration_seconds request_id",
    ),
    event(
        "Provider answered a check",
        "debug",
        "A free call that is for no document.",
        "provider operation status duration_seconds request_id",
    ),
    event(
        "Storage call failed",
        "info",
        "It could not be reached, or answered with an error of its own, or the call was cut short.",
        "operation status duration_seconds outcome code",
    ),
    event(
        "Storage was called",
        "info",
        "It answered, maybe with a refusal: for a document, or after 5 s or more.",
        "operation status duration_seconds",
    ),
    event("Storage answered a check", "debug", "A call for no document.", "operation status duration_seconds"),
    event(
        "A batch goes out in a shared call",
        "info",
        "One line for each job that shares a call, before it is made: what the job has in it.",
        "passages",
    ),
)

EVENTS = (
    event("The database is away: everything waits until it is back", "warning", "Nothing is lost meanwhile.", "code"),
    event("The database is back", "info", "Work goes on.", "duration_seconds"),
    event("A pooler stands before the database", "info", "What that changes.", "pooler reached"),
    event(
        "A commit whose answer got lost was looked up",
        "info",
        "The connection broke in a commit; the rows told whether it had `landed`.",
        "landed",
    ),
    event("The doorbell could not be rung", "info", "Workers find the job by polling.", "code"),
    event("The doorbell is silent: work is found by polling alone", "info", "It is tried again.", "connected"),
    event(
        "The ledger could not be told how a call ended",
        "warning",
        "The call counts as one that may be billed.",
        "code first_code",
    ),
    event("Calls to the provider stop", "error", "Its gate has closed for all processes.", "provider code message"),
    event("The provider answers again", "info", "Its gate is open.", "provider"),
    event("The provider's gate could not be told", "warning", "The next answer tells it.", "provider code"),
    event(
        "FAILPOINTS ARE ARMED: this process fails on purpose", "warning", "Only for tests, only in local.", "failpoints"
    ),
    event(
        "The process ends with something unexpected",
        "critical",
        "A defect that nobody caught: please report it with the trail.",
    ),
    event("Traces are sent", "info", "TRACES_ENDPOINT is set: spans of documents go to its receiver.", "sample_ratio"),
    event(
        "Spans of traces are lost: the receiver at TRACES_ENDPOINT does not take them",
        "warning",
        "Told once; documents are not harmed. Look whether the receiver is there and takes as many.",
    ),
    event("The receiver of traces takes spans again", "info", "Spans were lost meanwhile.", "spans_lost"),
    event("Spans of traces were lost", "warning", "Told at the end of a process, for all of its life.", "spans_lost"),
    event("A thread met something unexpected", "error", "A defect; the process goes on.", "thread"),
)
