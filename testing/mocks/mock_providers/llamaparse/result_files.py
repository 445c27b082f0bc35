"""The files of a result: their content piece by piece, and what `expand=<name>_content_metadata` tells about them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.page_views import PAGE_VIEWS, View

SUFFIX = "_content_metadata"
IMAGES = f"images{SUFFIX}"
MEDIA_TYPES = {
    "forms": "application/json",
    "items": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "metadata": "application/json",
    "text": "text/plain; charset=utf-8",
}
"""The files that a result has here."""

Link = Callable[[str], str]
"""Makes the presigned address of a file by its name."""


def result_pieces(name: str, pages: Iterable[Page]) -> Iterator[bytes]:
    """Give the content of a file, so that a long document never lies in memory as a whole."""
    if MEDIA_TYPES[name] == "application/json":
        yield b'{"pages":['
        yield from json_list(pages, PAGE_VIEWS[name])
        yield b"]}"
        return
    for place, page in enumerate(pages):
        yield (b"\n\n" if place else b"") + getattr(page, name).encode("utf-8", "replace")


def content_metadata(wanted: Iterable[str], read: Callable[[], Iterator[Page]], link: Link) -> dict[str, Any]:
    """Return size and address of each file that `wanted` (values of `expand`) asks for."""
    names = [value.removesuffix(SUFFIX) for value in sorted(wanted) if value.endswith(SUFFIX) and value != IMAGES]
    return {name: _described(name, read, link) for name in names}


def _described(name: str, read: Callable[[], Iterator[Page]], link: Link) -> dict[str, Any]:
    if name not in MEDIA_TYPES:
        return {"size_bytes": 0, "exists": False, "presigned_url": None}
    size = sum(len(piece) for piece in result_pieces(name, read()))
    return {"size_bytes": size, "exists": True, "presigned_url": link(name)}


def json_list(pages: Iterable[Page], view: View) -> Iterator[bytes]:
    """Give the views of `pages` as the inside of a JSON list."""
    for place, page in enumerate(pages):
        yield (b"," if place else b"") + json_bytes(view(page))


def json_bytes(value: object) -> bytes:
    """Return `value` as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
