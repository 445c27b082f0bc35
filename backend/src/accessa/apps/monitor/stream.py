"""What the page asks for: the stream of its events, the same state once, and one document's timeline."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response, StreamingResponse

from accessa.apps.monitor.as_json import as_json
from accessa.apps.monitor.pulse import Pulse, TooManyViewersError
from accessa.apps.monitor.watcher import Watcher
from accessa.observe.database_view import Database
from accessa.observe.document_timeline import read_timeline

_NOT_KEPT = {"Cache-Control": "no-store"}
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def page_routes(watcher: Watcher, pulse: Pulse, database: Database) -> APIRouter:
    """Return the routes of the page's figures; all of them only read."""
    router = APIRouter()

    @router.get("/api/stream")
    async def stream() -> Response:
        try:
            pulse.admit()
        except TooManyViewersError:
            return _refusal(503, "TOO_MANY_VIEWERS", "Too many pages watch already; close some, or try again later.")
        return StreamingResponse(
            pulse.frames(watcher.greeting()), media_type="text/event-stream", headers=_STREAM_HEADERS
        )

    @router.get("/api/overview")
    async def overview() -> Response:
        return _json(await watcher.recent())

    @router.get("/api/history")
    async def history() -> Response:
        return _json({"minutes": watcher.minutes(), "seconds": watcher.seconds()})

    @router.get("/api/timeline/{subject}")
    async def timeline(subject: str) -> Response:
        try:
            wanted = UUID(subject.strip())
        except ValueError:
            return _refusal(400, "NOT_AN_ID", "That is no id: give the id of a job or a document, or a correlation id.")
        answer = await database.ask(lambda connection: read_timeline(connection, wanted))
        if answer.sentence:
            return _refusal(503, "DATABASE_DOWN", answer.sentence)
        if answer.value is None:
            return _refusal(404, "NOT_FOUND", "No job, document or upload has this id; it may have been deleted.")
        return _json(answer.value)

    return router


def _json(value: object) -> Response:
    return Response(as_json(value), media_type="application/json", headers=_NOT_KEPT)


def _refusal(status: int, code: str, sentence: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": sentence}}, status_code=status, headers=_NOT_KEPT)
