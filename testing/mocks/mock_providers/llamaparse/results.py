"""The answers about jobs and files: flat on create, wrapped on get, with pages streamed from disk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

from mock_providers.llamaparse.file_store import StoredFile
from mock_providers.llamaparse.job_store import Job
from mock_providers.llamaparse.page_store import Page, PageStore
from mock_providers.llamaparse.page_views import PAGE_VIEWS
from mock_providers.llamaparse.presigned import PresignedLink
from mock_providers.llamaparse.result_files import IMAGES, SUFFIX, Link, content_metadata, json_bytes, json_list

PROJECT = "prj-00000000-0000-4000-8000-000000000001"

_WHOLE_TEXTS = frozenset({"markdown_full", "text_full"})
_CONTENT = PAGE_VIEWS.keys() | _WHOLE_TEXTS


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


def file_view(stored: StoredFile, link: PresignedLink | None = None) -> dict[str, Any]:
    """Return a file as the API shows it; its address only where it was asked for."""
    return {
        "id": stored.file_id,
        "name": stored.name,
        "project_id": PROJECT,
        "external_file_id": stored.external_file_id,
        "file_type": PurePath(stored.name).suffix.lstrip(".").lower() or None,
        "last_modified_at": moment(stored.created_at),
        "expires_at": None,
        "purpose": stored.purpose,
        "download_url": link_view(link) if link else None,
    }


def link_view(link: PresignedLink) -> dict[str, Any]:
    """Return a presigned address as the API shows it."""
    return {"url": link.url, "expires_at": moment(link.expires_at), "form_fields": None}


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


def wrapped_result(job: Job, pages: PageStore, expand: frozenset[str], link: Link) -> Iterator[bytes]:
    """Give the body of a get as pieces, so that a long document never lies in memory as a whole."""
    yield b'{"job":' + json_bytes(job_view(job, with_usage="usage" in expand))
    if "job_metadata" in expand:
        yield b',"job_metadata":' + json_bytes(job_metadata(job))
    for name in sorted(expand & PAGE_VIEWS.keys()):
        yield f',"{name}":{{"pages":['.encode()
        yield from json_list(pages.read(job.pages_of), PAGE_VIEWS[name])
        yield b"]}"
    for name in sorted(expand & _WHOLE_TEXTS):
        yield f',"{name}":"'.encode()
        yield from _escaped(pages.read(job.pages_of), name.removesuffix("_full"))
        yield b'"'
    if IMAGES in expand:
        yield f',"{IMAGES}":'.encode() + json_bytes({"images": [], "total_count": 0})
    if described := content_metadata(expand, lambda: pages.read(job.pages_of), link):
        yield b',"result_content_metadata":' + json_bytes(described)
    yield b"}"


def asks_for_content(expand: frozenset[str]) -> frozenset[str]:
    """Return the values that need a finished job."""
    return frozenset(value for value in expand if value in _CONTENT or value.endswith(SUFFIX))


def _escaped(pages: Iterator[Page], field: str) -> Iterator[bytes]:
    for place, page in enumerate(pages):
        yield (b"\\n\\n" if place else b"") + json_bytes(getattr(page, field))[1:-1]
