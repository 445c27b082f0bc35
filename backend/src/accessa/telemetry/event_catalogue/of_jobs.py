"""What is said of jobs, uploads and documents on their way."""

from __future__ import annotations

from accessa.telemetry.event_catalogue.logged_event import event

EVENTS = (
    event(
        "Processing stage completed",
        "info",
        "A stage is done: the job is in the status `outcome` now, or waits.",
        "outcome duration_seconds chunks_generated vectors",
    ),
    event(
        "Processing stage failed",
        "warning",
        "A stage met an error: counted against the attempts or waited out; final when the job has failed by it.",
        "code counted final duration_seconds",
    ),
    event(
        "The job waits before its next purchase",
        "info",
        "The provider's gate is closed or a budget is used up; nothing was asked and nothing counted.",
        "code",
    ),
    event("A stage met something unexpected", "error", "A defect: please report it with the trail."),
    event("The lease is lost", "warning", "Another worker has the job by now; this one drops it.", "code"),
    event("The lease could not be renewed", "warning", "It is tried again within a second."),
    event(
        "The job belongs to another worker, was cancelled, or its document was deleted",
        "warning",
        "What was prepared for it is dropped; nothing of it was written.",
        "code",
    ),
    event("The job could not be released", "warning", "It is claimed again when its lease has run out.", "code"),
    event(
        "The error could not be written down",
        "warning",
        "The job is claimed again when its lease has run out.",
        "code first_code",
    ),
    event(
        "Writing an error down met something unexpected",
        "exception",
        "A plain error stands in.",
        "first_code",
    ),
    event("The job is kept until the database takes what is to be written", "warning", "It is tried again.", "code"),
    event("The job has gone on without this worker, or has ended", "info", "What it still held is dropped."),
    event("A job that workers died on runs alone", "warning", "One more death ends it.", "crashes"),
    event("A job could not be begun", "warning", "Its lease runs out by itself.", "code"),
    event("A job left the worker with an error", "error", "A defect: the job is claimed again later."),
    event(
        "The orders of a cancelled job could not be called off", "warning", "The providers may still bill them.", "code"
    ),
    event(
        "The parse of a cancelled job could not be kept in mind", "warning", "A retry may have to buy it again.", "code"
    ),
    event("A provider did not let go of an order", "warning", "It may still be worked on, and billed.", "code"),
    event(
        "A file of an order could not be deleted at the provider",
        "warning",
        "The deletion tries again.",
        "code",
    ),
    event("An announced upload has arrived", "info", "Its file was verified and its job is queued."),
    event(
        "An announced upload is not there or not right",
        "info",
        "It is looked for again, until its time is `over`.",
        "code over",
    ),
    event("An announced upload could not be checked", "warning", "It is looked at again.", "code"),
    event("Checking an announced upload met something unexpected", "exception", "A defect; it is looked at again."),
    event("Announced uploads could not be looked at", "warning", "It is tried again.", "code"),
    event("Document deleted", "info", "Rows and objects of a document are gone.", "objects"),
    event("A deletion was cut short", "warning", "Ask for it again: it goes on where it was.", "code"),
    event("Remains of a deleted document could not be removed", "warning", "The orphan sweep finds them.", "code"),
    event("The parse of a deleted document could not be called off", "warning", "It may still be billed.", "code"),
    event("A file without a document was removed", "info", "What an upload or a deletion had left."),
    event("A file without a document could not be removed", "warning", "The next sweep tries again.", "code"),
    event("Files without a document could not be looked for", "warning", "The next sweep tries again.", "code"),
    event(
        "Most files have no document here, so none is removed",
        "error",
        "Does the bucket serve another database, or was this one restored from an older backup?",
        "code files looked_at",
    ),
)
