"""The answers about jobs and files: flat on create, wrapped on get, with pages streamed from disk."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from mock_providers.llamaparse.file_store import StoredFile
from mock_providers.llamaparse.job_store import Job
from mock_providers.llamaparse.page_store import Page, PageStore

PROJECT = "prj-00000000-0000-4000-8000-000000000001"

_PAGE_LISTS = frozenset({"markdown", "text", "metadata"})
_WHOLE_TEXTS = frozenset({"markdown_full", "text_full"})
CONTENT = _PAGE_LISTS | _WHOLE_TEXTS
"""Values of `expand` that ask for content."""


def job_view(job: Job, *, with_usage: bool = False) -> dict[str, Any]:
    """Return a job as the API shows it; `usage` only where it was asked for."""
    return {
        "id": job.job_id,
        "project_id": PROJECT,
        "status": job.status,
        "created_at": moment(job.created_at),
        "updated_at": moment(job.updated_at),
        "error_message": job.error_message,
        "name": job.name,
        "tier": job.tier,
        "usage": {"credits": job.credits} if with_usage else None,
        "user_metadata": job.options.user_metadata,
    }


def file_view(stored: StoredFile) -> dict[str, Any]:
    """Return a file as the API shows it."""
    return {
        "id": stored.file_id,
        "name": stored.name,
        "project_id": PROJECT,
        "external_file_id": stored.external_file_id,
        "file_type": PurePath(stored.name).suffix.lstrip(".").lower() or None,
        "last_modified_at": moment(stored.created_at),
        "expires_at": None,
        "purpose": stored.purpose,
        "download_url": None,
    }


def moment(seconds: float) -> str:
    """Return seconds since 1970 as the API writes times."""
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def job_metadata(job: Job) -> dict[str, Any]:
    """Return what `expand=job_metadata` gives."""
    return {
        "job_pages": job.pages,
        "job_is_cache_hit": bool(job.cache_hit),
        "credits_used": job.credits,
    }


def wrapped_result(job: Job, pages: PageStore, expand: frozenset[str]) -> Iterator[bytes]:
    """Give the body of a get as pieces, so that a long document never lies in memory as a whole."""
    yield b'{"job":' + _json(job_view(job, with_usage="usage" in expand))
    if "job_metadata" in expand:
        yield b',"job_metadata":' + _json(job_metadata(job))
    for name in sorted(expand & _PAGE_LISTS):
        yield f',"{name}":{{"pages":['.encode()
        yield from _joined(pages.read(job.pages_of), _VIEWS[name])
        yield b"]}"
    for name in sorted(expand & _WHOLE_TEXTS):
        yield f',"{name}":"'.encode()
        yield from _escaped(pages.read(job.pages_of), name.removesuffix("_full"))
        yield b'"'
    yield b"}"


def _joined(pages: Iterator[Page], view: Callable[[Page], dict[str, Any]]) -> Iterator[bytes]:
    for place, page in enumerate(pages):
        yield (b"," if place else b"") + _json(view(page))


def _escaped(pages: Iterator[Page], field: str) -> Iterator[bytes]:
    for place, page in enumerate(pages):
        yield (b"\\n\\n" if place else b"") + _json(getattr(page, field))[1:-1]


def _markdown_view(page: Page) -> dict[str, Any]:
    if page.error:
        return {"page_number": page.page_number, "success": False, "error": page.error}
    view = {"page_number": page.page_number, "markdown": page.markdown, "success": True}
    running = {"header": page.header, "footer": page.footer}
    return view | {name: line for name, line in running.items() if line}


def _text_view(page: Page) -> dict[str, Any]:
    return {"page_number": page.page_number, "text": page.text}


def _metadata_view(page: Page) -> dict[str, Any]:
    return {"page_number": page.page_number, "confidence": 0.0 if page.error else 1.0}


_VIEWS = {"markdown": _markdown_view, "text": _text_view, "metadata": _metadata_view}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
