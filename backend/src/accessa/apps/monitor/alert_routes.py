"""Alerts over HTTP: what is active, what was before, a test of the channels, and the runbooks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import HTMLResponse, Response
from markdown_it import MarkdownIt

from accessa.apps.monitor.alerting import Alerting
from accessa.apps.monitor.json_answers import answered, json_answer, refusal
from accessa.observe.alerts.messages import message_for_test
from accessa.observe.alerts.packaged import runbook_text

_HISTORY, _MOST = 100, 1000
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<meta name=color-scheme content='light dark'><title>{title}</title>"
    "<style>body{{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}}"
    "code,pre{{font-family:ui-monospace,monospace}}pre{{overflow:auto}}</style>{body}</html>"
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def alert_router(alerting: Alerting) -> APIRouter:
    """Return the routes; errors of theirs are JSON with the code and sentence of the catalogue."""
    router = APIRouter()
    board = alerting.watch.board

    @router.get("/api/alerts")
    async def alerts() -> Response:
        return json_answer({"active": board.active(), "recent": board.recent()})

    @router.get("/api/alerts/history")
    async def history(most: int = _HISTORY) -> Response:
        return await answered(alerting.records.history(max(1, min(most, _MOST))))

    @router.post("/api/alerts/test")
    async def test(_wish: Annotated[dict[str, Any], Body()]) -> dict[str, str]:
        return await alerting.delivery.try_all(message_for_test(alerting.settings.runbooks_url))

    @router.get("/runbooks/{name}")
    async def runbook(name: str) -> Response:
        text = runbook_text(name.removesuffix(".md"))
        if text is None:
            return refusal("ALERT_UNKNOWN")
        body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
        return HTMLResponse(_PAGE.format(title=name, body=body), headers=_HEADERS)

    return router
