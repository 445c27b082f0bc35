"""Jobs and results in the shapes of API v1."""

from __future__ import annotations

import json
from typing import Any

from mock_providers.llamaparse.items import Item, items_of
from mock_providers.llamaparse.job_store import OPEN, Job
from mock_providers.llamaparse.page_store import Page, PageStore
from mock_providers.llamaparse.results import job_metadata, moment
from mock_providers.llamaparse.webhook_messages import Message

_SECRET = {"correlation_id", "push_url", "saved_webhooks", "webhook_configurations"}
_STATUSES = {"COMPLETED": "SUCCESS", "FAILED": "ERROR", "CANCELLED": "CANCELLED"}


def legacy_status(job: Job, pages: PageStore) -> dict[str, Any]:
    """Return a job: v1 knows no RUNNING, but a success in part."""
    status = "PENDING" if job.status in OPEN else _STATUSES[job.status]
    if status == "SUCCESS" and pages.failed(job.pages_of):
        status = "PARTIAL_SUCCESS"
    code, _, sentence = (job.error_message or "").partition(": ")
    return {"id": job.job_id, "status": status, "error_code": code or None, "error_message": sentence or None}


def legacy_details(job: Job, pages: PageStore) -> dict[str, Any]:
    """Return a job with what was asked for and what it cost."""
    return {
        **legacy_status(job, pages),
        "file_name": job.name,
        "created_at": moment(job.created_at),
        "updated_at": moment(job.updated_at),
        "parameters": legacy_parameters(job),
        "job_metadata": job_metadata(job),
    }


def legacy_parameters(job: Job) -> dict[str, Any]:
    """Return what a job was asked for, without its webhooks, which hold secrets, and without our own mark."""
    return job.options.model_dump(mode="json", exclude_none=True, exclude=_SECRET)


def legacy_text(job: Job, pages: PageStore, kind: str) -> str:
    """Return the whole text of one kind, `markdown` or `text`."""
    separator = "\n---\n" if kind == "markdown" else "\n\n"
    return separator.join(getattr(page, kind) for page in pages.read(job.pages_of) if page.error is None)


def legacy_pages(job: Job, pages: PageStore) -> list[dict[str, Any]]:
    """Return the pages of the JSON result."""
    return [_page(page) for page in pages.read(job.pages_of)]


def legacy_result(job: Job, pages: PageStore, kind: str) -> dict[str, Any]:
    """Return the body of `result/markdown`, `result/text` or `result/json`."""
    content = {"pages": legacy_pages(job, pages)} if kind == "json" else {kind: legacy_text(job, pages, kind)}
    return {**content, "job_metadata": job_metadata(job)}


def push_message(job: Job, pages: PageStore) -> Message:
    """Return the push to `webhook_url`: the whole result, with no job id and no signature."""
    body = {
        "txt": legacy_text(job, pages, "text"),
        "md": legacy_text(job, pages, "markdown"),
        "json": legacy_pages(job, pages),
        "images": [],
    }
    return Message(json.dumps(body).encode(), {"Content-Type": "application/json"})


def _page(page: Page) -> dict[str, Any]:
    shared = {"page": page.page_number, "text": page.text, "md": page.markdown, "images": []}
    items = [_item(item) for item in items_of(page.markdown)]
    return {**shared, "items": items, **({"status": "ERROR"} if page.error else {})}


def _item(item: Item) -> Item:
    """Name a heading's level as v1 does."""
    return {("lvl" if name == "level" else name): value for name, value in item.items()}
