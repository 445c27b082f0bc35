"""Failpoints: named places at which an operator can have a local process die, freeze, fail or hang, on purpose."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import TransientError, UsageError
from accessa.domain.statuses import MOVES

_AROUND_A_STAGE = {
    "before_effect": "The stage {stage} begins; nothing of it is done.",
    "before_commit": "The transaction that ends the stage {stage} is written, and not committed.",
    "after_commit": "The stage {stage} is committed; the next one has not begun.",
}
_STAGE_POINTS = {
    f"{move.stage}.{place}": sentence.format(stage=move.stage)
    for move in MOVES
    for place, sentence in _AROUND_A_STAGE.items()
}
_WORKER_POINTS = {
    "claim.after_commit": "A job is claimed; no stage of it has begun.",
    "release.before_commit": "The job is let go of to wait; the transaction is not committed.",
    "release.after_commit": "The job waits and nobody holds it; the worker has not looked for another one yet.",
    "hand_back.before_commit": "A worker that stops hands its job back; the transaction is not committed.",
    "hand_back.after_commit": "A worker that stops has handed its job back; it has not ended yet.",
    "error.before_commit": "The error of a stage is written to its job; the transaction is not committed.",
    "error.after_commit": "The error of a stage is kept; the worker has not looked for another job yet.",
    "parse.after_file_upload": "The parse provider has the file; the file's id is not kept yet.",
    "parse.before_intent": "The parse provider has the file and we its id; no parse is intended yet.",
    "parse.after_intent_before_call": "The intent to parse is written down; the provider has not been asked.",
    "parse.after_call_before_commit": "The provider has accepted the parse; the parse's id is not kept yet.",
    "parse.after_result_before_storage": "The parsed pages have come; nothing of them is stored.",
    "parse.after_pages_before_row": "The pages are in storage; no row names them yet.",
    "parse.after_text_before_row": "The normalised text is in storage; no row names it yet.",
    "chunks.between_inserts": "A thousand chunks, or the last ones, are inserted; their transaction goes on.",
    "embed.before_intent": "The texts of a batch are read; the purchase is not intended yet.",
    "embed.after_intent_before_call": "The intent to buy a batch is written down; the provider has not been asked.",
    "embed.after_call_before_commit": "The vectors of a batch have come and are billed; none of them is stored.",
    "embed.before_commit": "The vectors of a batch are written; the transaction is not committed.",
    "embed.after_commit": "The vectors of a batch are stored; the next batch is not begun.",
    "bulk.before_intent": "The bulk lane has chosen its batches; the order is not written down yet.",
    "bulk.after_intent_before_upload": "The order is written down; its file has not been sent.",
    "bulk.after_upload_before_commit": "The provider has the file of the order; the file's id is not kept yet.",
    "bulk.after_file_kept_before_order": "The file's id is kept; the batch has not been ordered.",
    "bulk.after_order_before_commit": "The provider has accepted the order; the order's id is not kept yet.",
    "bulk.after_commit": "The order's id is kept; the job has not been let go of yet.",
    "bulk.after_answer_before_commit": "One answer of the order is read; its vectors are not stored.",
    "bulk.after_answer_commit": "The vectors of one answer are stored; the next answer is not read.",
    "bulk.before_end": "All answers are stored; the order is not yet said to have ended.",
    "bulk.after_end": "The order has ended; its files still lie at the provider.",
}
_API_POINTS = {
    "webhook.before_commit": "The webhook is recorded and its job due; the transaction is not committed.",
    "webhook.after_commit": "The webhook is recorded; the sender has no answer yet.",
    "upload.after_object_before_row": "The uploaded file is in storage; no row names it yet.",
    "upload.before_commit": "Document and job are written; the transaction is not committed.",
    "upload.after_row_before_response": "Document and job are stored; the uploader has no answer yet.",
    "announce.after_url_before_row": "The upload URL is signed; the announcement is not written down.",
    "announce.after_row_before_response": "The announcement is written down; the uploader has no answer yet.",
    "complete_upload.after_claim": "An announced upload is claimed for its check; nothing of it is read.",
    "complete_upload.before_commit": "The checked upload is written as document and job; not committed.",
    "complete_upload.after_row_before_response": "The checked upload is queued; nobody has been told.",
    "complete_upload.after_refusal_before_removal": "The refusal of an upload is kept; its file is still there.",
    "retry.before_commit": "The new job of a failed document is written; the transaction is not committed.",
    "retry.after_commit": "The new job of a failed document is stored; the caller has no answer yet.",
    "delete.before_commit": "The rows of a document are deleted; the transaction is not committed.",
    "delete.after_rows_before_objects": "The rows of a document are gone; its files are still there.",
    "delete.after_objects_before_copies": "The files of a document are gone; the provider still holds copies.",
    "delete.after_copies_before_record": "Rows, files and copies are gone; the end is not recorded.",
    "delete.after_record_before_response": "The deletion is recorded as done; the caller has no answer yet.",
}
_STORAGE_POINTS = {
    "storage.after_blob_before_row": "The bytes of an object are on disk; the catalogue does not name them yet.",
    "storage.after_row_before_response": "An object is stored; its sender has no answer yet.",
    "storage.after_removal_before_blobs": "Objects are out of the catalogue; their bytes are still on disk.",
}
POINTS: dict[str, str] = _STAGE_POINTS | _WORKER_POINTS | _API_POINTS | _STORAGE_POINTS

_ACTIONS = {"kill", "stop", "raise", "delay"}


class FailpointError(Exception):
    """The unexpected error that the action `raise` without a code stands for."""


@dataclass(slots=True)
class Armed:
    """What is to happen at a point: the action, its argument, and at which passage or for which document only."""

    point: str
    action: str
    argument: str = ""
    passage: int | None = None
    document: str | None = None
    passed: int = field(default=0, compare=False)

    def __str__(self) -> str:
        """Write it as the setting does."""
        condition = self.document or self.passage
        argument = f":{self.argument}" if self.argument else ""
        return f"{self.point}={self.action}{argument}{f'@{condition}' if condition else ''}"


_armed: dict[str, Armed] = {}


def failpoint(point: str, document: object = None) -> None:
    """Do what the point is armed with, if it is armed; `document` is the id of the document at hand."""
    if _armed and (armed := _armed.get(point)) is not None:
        _pass(armed, document)


def _pass(armed: Armed, document: object) -> None:
    if armed.document is not None and armed.document != str(document):
        return
    armed.passed += 1
    if armed.passage is None or armed.passage == armed.passed:
        _act(armed)


def _act(armed: Armed) -> None:
    match armed.action:
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "delay":
            # It holds up the whole event loop, as a computation would.
            time.sleep(float(armed.argument))
        case _ if armed.argument:
            raise TransientError(armed.argument)
        case _:
            raise FailpointError(f"the failpoint {armed.point} was reached")


def read_failpoints(text: str, environment: str) -> list[Armed]:
    """Return what the setting FAILPOINTS asks for; raises `UsageError` SETTINGS_INVALID for what cannot be."""
    found = [_read(part.strip()) for part in text.split(";") if part.strip()]
    if found and environment != "local":
        raise _refused(f"arms {found[0].point}, and failpoints are only for ENVIRONMENT=local, not {environment}")
    return found


def arm(failpoints: list[Armed]) -> None:
    """Arm these failpoints in this process, and no others."""
    _armed.clear()
    _armed.update({armed.point: armed for armed in failpoints})


def _read(part: str) -> Armed:
    point, equals, rest = part.partition("=")
    what, _, condition = rest.partition("@")
    action, _, argument = what.partition(":")
    if point not in POINTS:
        raise _refused(f"names {point}, which is no failpoint; docs/reference/failpoints.md lists them all")
    if not equals or action not in _ACTIONS:
        raise _refused(f"gives {point} no action; write {point}=kill, =stop, =raise[:CODE] or =delay:SECONDS")
    _check_argument(point, action, argument)
    if condition.isdecimal():
        return Armed(point, action, argument, passage=max(1, int(condition)))
    return Armed(point, action, argument, document=condition or None)


def _check_argument(point: str, action: str, argument: str) -> None:
    if action == "delay" and not argument.replace(".", "", 1).isdecimal():
        raise _refused(f"gives {point} no number of seconds; write {point}=delay:2.5")
    if action == "raise" and argument and argument not in CATALOGUE:
        raise _refused(f"has {point} raise {argument}, which is no error code")
    if action in {"kill", "stop"} and argument:
        raise _refused(f"gives {point} the argument {argument}, and {action} takes none")


def _refused(what: str) -> UsageError:
    return UsageError("SETTINGS_INVALID", f"The setting FAILPOINTS {what}.")
