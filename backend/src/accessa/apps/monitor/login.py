"""The page that asks for the token, once a week."""

from __future__ import annotations

from string import Template
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from accessa.apps.monitor.access import COOKIE, SESSION_SECONDS, FailedAttempts, TokenSessions
from accessa.apps.monitor.static_files import static_files

_MOST_BYTES = 4096
_UNAUTHORIZED = 401
_TOO_MANY = 429
_NEWEST = {"Cache-Control": "no-cache"}
_ASKED = "This monitoring can be reached from other machines, so it asks for its token once a week."
_REFUSED = {
    _UNAUTHORIZED: "That is not the token. It is the value of MONITOR_TOKEN.",
    _TOO_MANY: "Too many wrong tokens came from your address. Wait a minute, then try again.",
}


def login_routes(sessions: TokenSessions | None, attempts: FailedAttempts) -> APIRouter:
    """Return the routes of the login; without a token there is nothing to ask for, and they lead to the page."""
    router = APIRouter()

    @router.get("/login")
    async def ask(request: Request) -> Response:
        if sessions is None or sessions.holds(request.cookies.get(COOKIE, "")):
            return RedirectResponse("/", status_code=303)
        return HTMLResponse(_page(_ASKED), headers=_NEWEST)

    @router.post("/login")
    async def take(request: Request) -> Response:
        client = request.client.host if request.client else ""
        if sessions is None:
            return RedirectResponse("/", status_code=303)
        if attempts.wait(client):
            return _refusal(_TOO_MANY)
        if not sessions.fits(await _given_token(request)):
            attempts.note(client)
            return _refusal(_UNAUTHORIZED)
        answer = RedirectResponse("/", status_code=303)
        is_secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
        answer.set_cookie(
            COOKIE, sessions.make(), max_age=SESSION_SECONDS, httponly=True, samesite="strict", secure=is_secure
        )
        return answer

    @router.post("/logout")
    async def forget() -> Response:
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return answer

    return router


def _refusal(status: int) -> Response:
    return HTMLResponse(_page(_REFUSED[status], ' class="down-text" role="alert"'), status, headers=_NEWEST)


def _page(note: str, manner: str = "") -> str:
    return Template(static_files()["login.html"].body.decode()).substitute(note=note, manner=manner)


async def _given_token(request: Request) -> str:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST_BYTES:
            return ""
    return parse_qs(body.decode("latin-1")).get("token", [""])[0].strip()
