"""One page of a result as each value of `expand` shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_providers.llamaparse.items import items_of
from mock_providers.llamaparse.page_store import Page

View = Callable[[Page], dict[str, Any]]

_LETTER_POINTS = {"page_width": 612.0, "page_height": 792.0}


def _markdown(page: Page) -> dict[str, Any]:
    if page.error:
        return _failed(page)
    view = {"page_number": page.page_number, "markdown": page.markdown, "success": True}
    running = {"header": page.header, "footer": page.footer}
    return view | {name: line for name, line in running.items() if line}


def _items(page: Page) -> dict[str, Any]:
    if page.error:
        return _failed(page)
    return {"page_number": page.page_number, "items": items_of(page.markdown), "success": True, **_LETTER_POINTS}


def _forms(page: Page) -> dict[str, Any]:
    return _failed(page) if page.error else {"page_number": page.page_number, "forms": [], "success": True}


def _text(page: Page) -> dict[str, Any]:
    return {"page_number": page.page_number, "text": page.text}


def _metadata(page: Page) -> dict[str, Any]:
    return {"page_number": page.page_number, "confidence": 0.0 if page.error else 1.0}


def _failed(page: Page) -> dict[str, Any]:
    return {"page_number": page.page_number, "success": False, "error": page.error}


PAGE_VIEWS: dict[str, View] = {
    "forms": _forms,
    "items": _items,
    "markdown": _markdown,
    "metadata": _metadata,
    "text": _text,
}
"""By the value of `expand`."""
