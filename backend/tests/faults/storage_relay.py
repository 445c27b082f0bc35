"""A relay in front of the storage that answers the first requests for a file wrongly, as it is told for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from accessa.domain.addresses import trust_for

Fault = Callable[[httpx.Response], Response]

_WANTED = ("authorization", "apikey", "content-type", "x-upsert")


def refusal(status: int, code: str, *, http_status: int | None = None, retry_after: str | None = None) -> Fault:
    """Refuse as Storage does: the meaning is in the body, under the same or another HTTP status."""
    body = {"statusCode": str(status), "code": code, "error": code, "message": "made up"}
    headers = {"retry-after": retry_after} if retry_after else {}
    return lambda _: Response(json.dumps(body), http_status or status, headers, media_type="application/json")


def page_of_a_proxy(_: httpx.Response) -> Response:
    """Answer 502 with a page of HTML, as a proxy does whose storage is away."""
    return Response("<html>Bad gateway</html>", 502, media_type="text/html")


def cut(answer: httpx.Response) -> Response:
    """Send the first half of the bytes that were declared, and close."""
    return Response(answer.content[: len(answer.content) // 2], headers={"content-length": str(len(answer.content))})


def altered(answer: httpx.Response) -> Response:
    """Send the right number of bytes, one of which is wrong."""
    return Response(answer.content[:-1] + bytes([answer.content[-1] ^ 1]))


def shortened(answer: httpx.Response) -> Response:
    """Send all but the last byte, and declare no more than that."""
    return Response(answer.content[:-1])


@dataclass
class StorageRelay:
    """Hands every request on; `faults` are used up one a download of the document's file."""

    target: str
    faults: dict[str, list[Fault]] = field(default_factory=dict)

    @property
    def app(self) -> Starlette:
        """What to serve."""
        return Starlette(routes=[Route("/{path:path}", self._relay, methods=["GET", "HEAD", "POST", "PUT", "DELETE"])])

    def play(self, document_id: str, faults: Iterable[Fault]) -> None:
        """Play these faults, one after the other, when the file of a document is fetched."""
        self.faults[document_id] = list(faults)

    async def _relay(self, request: Request) -> Response:
        headers = {name: request.headers[name] for name in _WANTED if name in request.headers}
        async with httpx.AsyncClient(base_url=self.target, verify=trust_for(self.target)) as client:
            url = f"{request.url.path}?{request.url.query}"
            answer = await client.request(request.method, url, content=await request.body(), headers=headers)
        fault = self._fault_for(request)
        if fault is not None:
            return fault(answer)
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    def _fault_for(self, request: Request) -> Fault | None:
        if request.method != "GET" or "/object/raw/" not in request.url.path:
            return None
        waiting = self.faults.get(request.url.path.rsplit("/", 1)[-1].partition(".")[0], [])
        return waiting.pop(0) if waiting else None
