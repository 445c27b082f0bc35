"""Every error code with its plain sentence, its HTTP status, and whether another try can help."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Retry(StrEnum):
    """What a retry of the job is worth that failed with a code."""

    MAY_HELP = "may help"
    AFTER_MENDING = "after mending"  #: once the setting or the stored file is what the sentence asks for
    USELESS = "useless"  #: the same bytes end the same; the sentence tells what to do with the file
    IF_WANTED = "if wanted"  #: somebody ended the job on purpose, so only a retry that names it begins again


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One code of the catalogue: what a person is told, the HTTP status of the API's answer, the worth of a retry."""

    sentence: str
    http_status: int = 500
    retry: Retry = Retry.MAY_HELP


# What is said of a job that waits, and is no longer true of one that was given up.
WAITING_PROMISE = "; the job waits and goes on by itself"

CATALOGUE: dict[str, ErrorEntry] = {
    # the request
    "BAD_REQUEST": ErrorEntry("The request is not of the form this endpoint takes; see /docs.", 422),
    "REQUEST_TOO_LARGE": ErrorEntry("The request is larger than this endpoint takes.", 413),
    "USER_MISSING": ErrorEntry("Name the user in the header X-User-Id as a UUID.", 401),
    "NOT_FOUND": ErrorEntry("There is no such document or job for this user; check the id.", 404),
    "JOB_NOT_FAILED": ErrorEntry("Only a failed job can be retried; this one is still running or complete.", 409),
    "JOB_ENDED": ErrorEntry("Only a job on its way can be cancelled; this one has ended.", 409),
    "NO_RECEIPT": ErrorEntry("Only a complete document has a receipt; this one has failed or is on its way.", 409),
    "DOCUMENT_BEING_DELETED": ErrorEntry("This document is being deleted at this moment; try again in a moment.", 503),
    "DELETION_UNFINISHED": ErrorEntry(
        "The document is out of all lists and of search, but not all of its files are gone yet; delete it again.", 503
    ),
    "QUERY_EMPTY": ErrorEntry("The search text is empty; give at least one word.", 422),
    # the file
    "FILE_EMPTY": ErrorEntry("The file is empty; upload a file with content.", 400, Retry.USELESS),
    "FILE_TOO_LARGE": ErrorEntry(
        "The file is larger than the limit; split it or raise UPLOAD_MAX_FILE_MB.", 413, Retry.USELESS
    ),
    "UNSUPPORTED_TYPE": ErrorEntry(
        "The content is no PDF, DOCX, HTML, Markdown or plain text; convert it to one of these.", 415, Retry.USELESS
    ),
    "UPLOAD_INCOMPLETE": ErrorEntry(
        "The file has not arrived at its upload URL yet; send it there with PUT, then complete the upload.", 409
    ),
    "UPLOAD_MISMATCH": ErrorEntry(
        "The file that arrived is not the one that was announced, and was removed; send the right one.", 422
    ),
    "UPLOAD_BEING_CHECKED": ErrorEntry("The uploaded file is being checked right now; ask again in a moment.", 503),
    "TOO_MANY_PAGES": ErrorEntry(
        "The document has more pages than the limit; split it or raise UPLOAD_MAX_PAGES.", 422, Retry.AFTER_MENDING
    ),
    "FILE_BROKEN": ErrorEntry(
        "The file is damaged and cannot be opened; export it again and upload the new copy.", 422, Retry.USELESS
    ),
    "FILE_PROTECTED": ErrorEntry(
        "The file is protected by a password; remove the protection and upload it again.", 422, Retry.USELESS
    ),
    "FILE_UNPACKS_TOO_LARGE": ErrorEntry(
        "The file unpacks to far more than its size, as a decompression bomb does; it was not opened.",
        422,
        Retry.USELESS,
    ),
    "NEEDS_OCR": ErrorEntry(
        "The pages hold no text, only images or drawings: if it is a scan, run it through OCR and upload the result.",
        422,
        Retry.USELESS,
    ),
    "SOURCE_MISSING": ErrorEntry(
        "The uploaded file is no longer in storage; upload it again, then retry its job.", 410, Retry.AFTER_MENDING
    ),
    "SOURCE_CORRUPT": ErrorEntry(
        "The stored file differs from what was uploaded, by its SHA-256; upload it again, then retry its job.",
        422,
        Retry.AFTER_MENDING,
    ),
    # the parse provider
    "PARSE_FAILED": ErrorEntry("The parse provider could not read the document; see the provider's words in the job."),
    "PARSE_EMPTY": ErrorEntry(
        "The document holds no text at all; check the file and upload one with content.", 422, Retry.USELESS
    ),
    "PARSE_TIMEOUT": ErrorEntry("The parse provider did not finish in time; retry the job later."),
    "PARSE_INCOMPLETE": ErrorEntry("Too many pages of the document could not be parsed; retry the job or the file."),
    "PARSE_UNAVAILABLE": ErrorEntry("The parse provider does not answer; the job waits and goes on by itself.", 503),
    "PARSE_RATE_LIMITED": ErrorEntry("The parse provider limits the rate; the job waits and goes on by itself.", 503),
    "PARSE_NO_CREDIT": ErrorEntry("The parse account has no credit left; add credit, the jobs then go on.", 503),
    "PARSE_REJECTED_KEY": ErrorEntry("The parse provider refuses the API key; set a valid LLAMAPARSE_API_KEY.", 503),
    "PARSE_BAD_RESPONSE": ErrorEntry("The parse provider answered in a form that does not follow its contract.", 502),
    # chunks
    "NO_CONTENT": ErrorEntry(
        "The document has text but nothing that can be searched; check its content.", 422, Retry.USELESS
    ),
    "TOO_MANY_CHUNKS": ErrorEntry(
        "The document makes more chunks than the limit; split it or raise CHUNK_MAX_COUNT.", 422, Retry.AFTER_MENDING
    ),
    # the embedding provider
    "EMBED_UNAVAILABLE": ErrorEntry(
        "The embedding provider does not answer; the job waits and goes on by itself.", 503
    ),
    "EMBED_RATE_LIMITED": ErrorEntry(
        "The embedding provider limits the rate; the job waits and goes on by itself.", 503
    ),
    "EMBED_NO_CREDIT": ErrorEntry("The embedding account has no credit left; add credit, the jobs then go on.", 503),
    "EMBED_REJECTED_KEY": ErrorEntry("The embedding provider refuses the API key; set a valid OPENAI_API_KEY.", 503),
    "EMBED_REFUSED": ErrorEntry(
        "The embedding provider refuses the request; see the provider's words in the job.", 502, Retry.AFTER_MENDING
    ),
    "EMBED_BAD_RESPONSE": ErrorEntry(
        "The embedding provider's vectors failed the checks; nothing of them was stored.", 502
    ),
    "EMBED_MODEL_UNKNOWN": ErrorEntry("The embedding provider does not know the model; check EMBED_MODEL.", 503),
    "EMBED_TOO_LARGE": ErrorEntry(
        "The embedding provider finds the request too large; it is cut in two and sent again.", 502
    ),
    "EMBED_INPUT_TOO_LONG": ErrorEntry(
        "One passage is longer than the embedding model takes; lower EMBED_INPUT_TOKENS or take another model.",
        422,
        Retry.AFTER_MENDING,
    ),
    "EMBED_BATCH_FAILED": ErrorEntry(
        "The embedding provider could not carry out the batch of the bulk lane; see its words in the job.", 502
    ),
    # money
    "BUDGET_REACHED": ErrorEntry(
        "A budget is used up, so nothing is bought for now; the job waits and goes on once there is room.",
        503,
    ),
    # any provider
    "PROVIDER_IS_MOCK": ErrorEntry(
        "A simulator answers at the address of a real provider; nothing of it was stored. Check the base URLs.", 503
    ),
    # storage and database
    "STORAGE_UNAVAILABLE": ErrorEntry("The object storage does not answer; try again in a moment.", 503),
    "STORAGE_REFUSED": ErrorEntry(
        "The object storage refuses the request; check SUPABASE_SERVICE_ROLE_KEY and buckets.", 503
    ),
    "ORPHANS_TOO_MANY": ErrorEntry(
        "Most files of the bucket have no document in this database, so none was removed; see that both belong."
    ),
    "STORAGE_FULL": ErrorEntry("The disk of the object storage is full; free some space and try again.", 507),
    "DATABASE_UNAVAILABLE": ErrorEntry("The database does not answer; try again in a moment.", 503),
    "DATABASE_READ_ONLY": ErrorEntry(
        "The database takes no changes at this moment, as in a failover; the job waits and goes on by itself.", 503
    ),
    "DATABASE_POOLED": ErrorEntry(
        "A transaction pooler stands before the database; set DATABASE_POOLER=transaction and start again.", 503
    ),
    "DISK_FULL": ErrorEntry("The disk is full; free some space and try again.", 507),
    # the worker
    "JOB_CANCELLED": ErrorEntry(
        "The job was cancelled; what it had stored is kept, and a retry goes on from there.", 409, Retry.IF_WANTED
    ),
    "LEASE_LOST": ErrorEntry("Another worker took over the job; this one stopped without writing."),
    "WORKER_STOPPING": ErrorEntry("The worker was told to stop and handed the job back; another one goes on with it."),
    "WORKER_CRASHED": ErrorEntry("The worker died repeatedly on this document; look at its log, then retry the job."),
    "INTERNAL": ErrorEntry("Something unexpected happened; look at the service's log under this correlation id."),
    # webhooks
    "WEBHOOK_UNSIGNED": ErrorEntry("The webhook's signature or token is missing or wrong.", 401),
    "WEBHOOK_TOO_LARGE": ErrorEntry("The webhook's body is larger than any real one.", 413),
    "WEBHOOK_TYPE_WRONG": ErrorEntry("The webhook's body must be plain application/json, not packed.", 415),
    "WEBHOOK_SLOW": ErrorEntry("The webhook's body took too long to arrive.", 408),
    "WEBHOOK_MALFORMED": ErrorEntry("The webhook's body is not the JSON object that the provider sends.", 400),
    "CALLBACK_UNREACHABLE": ErrorEntry(
        "Nobody answers at API_PUBLIC_URL, so no webhook comes; parses end all the same, by polling and later.", 503
    ),
    # settings and the local stack
    "SETTINGS_INVALID": ErrorEntry("A setting is missing or wrong; see the sentence after it.", 500),
    "USAGE_WRONG": ErrorEntry("The command was not written in the form it takes; see: accessa --help"),
    "OUTPUT_CLOSED": ErrorEntry(
        "Standard output is closed, so the result would be lost; send it to a file or to /dev/null."
    ),
    "STACK_NOT_RUNNING": ErrorEntry("The stack is not running; start it with: accessa up"),
    "DOCKER_UNAVAILABLE": ErrorEntry("Docker is needed for this and does not answer; start it and try again."),
    "STACK_FAILED": ErrorEntry("The stack could not start; see: accessa logs"),
    "NO_FREE_PORT": ErrorEntry("No free port was found; end another program or set another port."),
    "ENVIRONMENT_WRONG": ErrorEntry(
        "The database serves another environment than this process; check DATABASE_URL and ENVIRONMENT.", 503
    ),
    "MOCK_REFUSED": ErrorEntry("A database outside local refuses what a mock has made; set the real base URLs.", 500),
    "MIGRATION_BLOCKED": ErrorEntry(
        "The schema is as it was: another transaction holds its tables; end that one, then run accessa db migrate.",
        503,
    ),
    "SCHEMA_UNKNOWN": ErrorEntry("The database schema is not the one this version needs; run: accessa db migrate", 503),
    "PATH_MISSING": ErrorEntry("There is no file or folder at this path; check the spelling."),
    "FOLDER_EMPTY": ErrorEntry("The folder holds no readable file; name another folder or file."),
    "FILE_UNREADABLE": ErrorEntry("The file cannot be read; check its permissions."),
    # backups
    "BACKUP_FAILED": ErrorEntry("The backup could not be made; see that the stack runs: accessa status"),
    "BACKUP_UNUSABLE": ErrorEntry("The file is no whole backup of Accessa, so nothing was changed; use another one."),
    "BACKUP_TOO_NEW": ErrorEntry("The backup is newer than this version of Accessa; restore it with a newer one."),
    "RESTORE_FAILED": ErrorEntry("The backup could not be restored; what the database held before is still there."),
    # alerts
    "ALERT_UNKNOWN": ErrorEntry("There is no alert of this name; see monitoring/alerts.yaml.", 404),
    "SILENCE_MISSING": ErrorEntry("There is no silence of this id; see: accessa alerts silences", 404),
    "ALERT_UNDELIVERED": ErrorEntry(
        "A notice could not be delivered; check the address that ALERT_WEBHOOK_URL or ALERT_NOTIFY_URLS names.", 502
    ),
    "SIMULATOR_UNREACHABLE": ErrorEntry("A simulator does not answer; check: accessa status"),
    "MONITORING_UNREACHABLE": ErrorEntry("The monitoring does not answer; check: accessa status"),
    "API_UNREACHABLE": ErrorEntry("The API does not answer; check: accessa status"),
    "PROFILER_MISSING": ErrorEntry(
        "Looking into a process needs the package py-spy, which is not installed; install it, or the extra profile."
    ),
    "PROFILE_REFUSED": ErrorEntry(
        "The system does not let this user look into the process; run the command with sudo, and a container with the "
        "capability to trace."
    ),
    "PROFILE_FAILED": ErrorEntry("The process could not be looked into; it may have ended. See: accessa status"),
    "WORKER_NOT_HERE": ErrorEntry("No such worker works on this machine; see: accessa status"),
    # what the monitoring sees of its canaries
    "CANARY_OVERDUE": ErrorEntry("The canary document was not found in time; see: accessa status"),
    "CANARY_NOT_FOUND": ErrorEntry("The canary document is complete, and search does not find it; see: accessa audit"),
    "CANARY_LOST": ErrorEntry("The monitoring ended while a canary document was on its way; the next one tells more."),
}


def retry_worth(code: str) -> Retry:
    """Return what a retry is worth after `code`; one that this version does not know may be tried."""
    return CATALOGUE[code].retry if code in CATALOGUE else Retry.MAY_HELP


LEFT_ALONE: frozenset[str] = frozenset(
    code for code, entry in CATALOGUE.items() if entry.retry in {Retry.USELESS, Retry.IF_WANTED}
)
"""The codes that a retry of everything leaves out."""
