"""Tells one document to a person: what it is, what became of it, and where to look next."""

from __future__ import annotations

from typing import Any

from accessa.cli.figures import count, moment, spending, told_pages
from accessa.cli.output import say
from accessa.domain.file_types import BY_MIME
from accessa.domain.statuses import FAILED, Status


def tell_document(document: dict[str, Any]) -> None:
    """Print the document on one page."""
    for line in [*document_facts(document), *_next(document)]:
        say(line)


def document_facts(document: dict[str, Any]) -> list[str]:
    """Return what the document is and what became of it, one line a fact."""
    return [*_what(document), *_became(document)]


def _what(document: dict[str, Any]) -> list[str]:
    kind = BY_MIME.get(document["mime"])
    name = kind.extension.upper() if kind else document["mime"]
    return [
        f"document {document['document_id']}, {document['filename']}",
        f"{name} of {count(document['bytes_len'], 'byte')}, uploaded {moment(document['created_at'])}",
        f"SHA-256 {document['file_sha256']}",
    ]


def _became(document: dict[str, Any]) -> list[str]:
    found = "found by search" if document["live"] else "not found by search"
    pages = document["pages"]
    counted = [told_pages(pages, document["pages_without_text"], document["filename"])] if pages else []
    counted += [count(document["chunks"], "chunk"), count(document["vectors"], "vector")]
    counted.append(spending(document["cost_usd"], document["unsure_usd"]))
    return [f"status {document['status'] or 'without a job'}, {found}", ", ".join(counted)]


def _next(document: dict[str, Any]) -> list[str]:
    error = document["error"]
    lines = [f"error {error['code']}: {error['message']}"] if error else []
    if document["job_id"] is None:
        return lines
    if document["status"] == Status.COMPLETE:
        return [*lines, f"how it went: accessa jobs show {document['job_id']}"]
    verb = "show" if document["status"] in FAILED else "watch"
    return [*lines, f"next: accessa jobs {verb} {document['job_id']}"]
