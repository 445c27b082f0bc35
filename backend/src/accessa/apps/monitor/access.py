"""Who may see the monitoring: anybody on this machine while it listens on loopback, else whoever has the token."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import deque
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from accessa.apps.monitor.static_files import SECURITY_HEADERS
from accessa.domain.addresses import is_loopback_host
from accessa.telemetry.logs import get_logger

COOKIE = "accessa_monitor"
SESSION_SECONDS = 7 * 86_400
_FAILURES_ALLOWED = 5
_FAILURE_SECONDS = 60.0
_MOST_CLIENTS = 1000
_OPEN_PATHS = {"/health", "/login"}
_HARMLESS_METHODS = {"GET", "HEAD", "OPTIONS"}
_LOOPBACK_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
_log = get_logger(__name__)


class TokenSessions:
    """Knows the token, and gives sessions that end by themselves and whose value does not tell it."""

    def __init__(self, token: str) -> None:
        self._token = token.encode()

    def fits(self, token: str) -> bool:
        """Tell whether this is the token; takes as long for any other."""
        return hmac.compare_digest(token.encode(), self._token)

    def make(self, now: float | None = None) -> str:
        """Return the value of a session that begins now."""
        ends_at = str(int((time.time() if now is None else now) + SESSION_SECONDS))
        return f"{ends_at}.{self._mark(ends_at)}"

    def holds(self, value: str, now: float | None = None) -> bool:
        """Tell whether this is the value of a session that has not ended."""
        ends_at, _, mark = value.partition(".")
        genuine = hmac.compare_digest(mark.encode(), self._mark(ends_at).encode())
        return genuine and ends_at.isdecimal() and float(ends_at) > (time.time() if now is None else now)

    def _mark(self, ends_at: str) -> str:
        return hmac.new(self._token, f"session of the monitoring until {ends_at}".encode(), hashlib.sha256).hexdigest()


class FailedAttempts:
    """Counts wrong tokens by address: after five within a minute, further ones are not looked at."""

    def __init__(self) -> None:
        self._moments: dict[str, deque[float]] = {}

    def wait(self, client: str) -> float:
        """Return the seconds until this address may try again; 0 when it may now."""
        moments = self._moments.get(client, deque())
        while moments and moments[0] < time.monotonic() - _FAILURE_SECONDS:
            moments.popleft()
        return moments[0] + _FAILURE_SECONDS - time.monotonic() if len(moments) >= _FAILURES_ALLOWED else 0.0

    def note(self, client: str) -> None:
        """Count a wrong token."""
        _log.warning("A wrong token was shown to the monitoring")
        if client not in self._moments and len(self._moments) >= _MOST_CLIENTS:
            self._moments.pop(next(iter(self._moments)))
        self._moments.setdefault(client, deque(maxlen=_FAILURES_ALLOWED)).append(time.monotonic())


class Gatekeeper:
    """Looks at every request before the app does.

    On loopback the Host header has to name this machine, so that no other site can point a name of its own here. Off
    it, the token has to be shown: as a Bearer, or by the cookie that the login gives for it. What changes something
    has to come from the page itself, or from a program.
    """

    def __init__(
        self, app: ASGIApp, *, host: str, sessions: TokenSessions | None, attempts: FailedAttempts, hosts: Sequence[str]
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._attempts = attempts
        named = {name.lower() for name in hosts}
        self._hosts = named | _LOOPBACK_HOSTS if named or is_loopback_host(host) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the app's place, or let it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(Request(scope))
        await (refusal or self._app)(scope, receive, send_safely)

    def _refusal(self, request: Request) -> Response | None:
        if self._hosts is not None and _hostname(request.headers.get("host", "")) not in self._hosts:
            return _refuse(
                421, "HOST_UNKNOWN", "This address does not serve that host name; see MONITOR_ALLOWED_HOSTS."
            )
        if request.method not in _HARMLESS_METHODS and not _comes_from_here(request):
            return _refuse(403, "FOREIGN_ORIGIN", "Changes are taken from this service's own pages and from programs.")
        if self._sessions is None or _is_open(request.url.path):
            return None
        return self._without_token(request, self._sessions)

    def _without_token(self, request: Request, sessions: TokenSessions) -> Response | None:
        if sessions.holds(request.cookies.get(COOKIE, "")):
            return None
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            client = request.client.host if request.client else ""
            if self._attempts.wait(client):
                return _refuse(429, "TOO_MANY_ATTEMPTS", "Too many wrong tokens; wait a minute.")
            if sessions.fits(token.strip()):
                return None
            self._attempts.note(client)
        if "text/html" in request.headers.get("accept", "") and request.method == "GET":
            return RedirectResponse("/login", status_code=303)
        return _refuse(401, "TOKEN_MISSING", "Show the token of MONITOR_TOKEN: Authorization: Bearer TOKEN.")


def _hostname(host: str) -> str:
    return (host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]).lower()


def _comes_from_here(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith("/static/")


def _refuse(status: int, code: str, sentence: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "60"} if status == 429 else {}  # noqa: PLR2004
    return JSONResponse({"error": {"code": code, "message": sentence}}, status_code=status, headers=headers)
