"""`accessa documents receipt`: what was made of a document, on one screen."""

from __future__ import annotations

from typing import Any

from accessa.cli.figures import count, moment, money, seconds, spending
from accessa.cli.output import say
from accessa.domain.statuses import MOVES

_STAGES = [move.stage for move in MOVES]


def tell_receipt(receipt: dict[str, Any]) -> None:
    """Print the receipt, one fact a line."""
    for name, told in _lines(receipt).items():
        say(f"{name:<10} {told}")


def _lines(receipt: dict[str, Any]) -> dict[str, str]:
    without = receipt["pages_without_text"]
    removed = receipt["removed_characters"]
    return {
        "document": f"{receipt['document_id']}, {receipt['filename']}",
        "job": receipt["job_id"],
        "file": f"{count(receipt['bytes_len'], 'byte')}, SHA-256 {receipt['file_sha256']}",
        "text": f"{count(receipt['pages'], 'page')}{f' ({without:,} without text)' if without else ''},"
        f" {count(receipt['characters'], 'character')}{f', {removed:,} removed' if removed else ''},"
        f" by {receipt['text_provider']}",
        "passages": f"{count(receipt['chunks'], 'chunk')} by {receipt['chunker']}",
        "vectors": f"{count(receipt['vectors'], 'vector')} of {receipt['dimensions'] or 0:,} numbers,"
        f" {receipt['embed_model']} version {receipt['embed_version']}, by {receipt['embed_provider']}",
        "paid": _paid(receipt),
        "times": f"uploaded {moment(receipt['uploaded_at'])}, complete {moment(receipt['completed_at'])}",
        "stages": _stages(receipt["stage_seconds"]),
        "receipt": standing(receipt),
    }


def _paid(receipt: dict[str, Any]) -> str:
    details = f" in {count(receipt['calls'], 'call')}, {count(receipt['tokens'], 'token')}"
    return spending(receipt["cost_usd"], receipt["unsure_usd"], details)


def _stages(spent: dict[str, float]) -> str:
    known = [stage for stage in _STAGES if stage in spent]
    return ", ".join(f"{stage} {seconds(spent[stage])}" for stage in known)


def standing(receipt: dict[str, Any]) -> str:
    """Tell where the receipt comes from, and whether the tables hold it at this moment."""
    origin = "written when the job was completed" if receipt["written_at_completion"] else "counted now: it is older"
    if receipt["holds"]:
        return f"{origin}; the tables hold it at this moment"
    now = f"{count(receipt['chunks_now'], 'chunk')} and {count(receipt['vectors_now'], 'vector')}"
    spent = f"{money(receipt['cost_usd_now'])} in {count(receipt['calls_now'], 'call')}"
    ledger = f"{spent}, {count(receipt['tokens_now'], 'token')}"
    return f"{origin}; NOT TRUE ANY MORE: the tables hold {now}, the ledger {ledger}"
