"""A receiver of OTLP over HTTP, which keeps the spans that it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from backend.tests.house import LOOK_SECONDS, PATIENCE_SECONDS, served
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True)
class Sent:
    """One span as it arrived; ids as hex, `parent` empty for the first of a trace, times in ns since 1970."""

    service: str
    name: str
    trace: str
    span: str
    parent: str
    links: tuple[str, ...]
    began: int
    ended: int
    failed: bool
    attributes: dict[str, Any]
    about: dict[str, Any]


@dataclass
class Receiver:
    """Takes spans at its address until the block of `receiving` ends; `status` is its answer to each request."""

    address: str = ""
    status: int = 200
    spans: list[Sent] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """Keep the spans of a request."""
        body = await request.body()
        self.raw.append(body)
        self.headers.append(dict(request.headers))
        if self.status == Response().status_code:
            self.spans.extend(_read(body))
        return Response(status_code=self.status)

    async def until(self, is_so: Callable[[list[Sent]], bool]) -> list[Sent]:
        """Wait until something is so about the spans, and return them."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_so(list(self.spans)):
                await asyncio.sleep(LOOK_SECONDS)
        return list(self.spans)


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Lend a receiver on a free loopback port."""
    receiver = Receiver()
    with served(Starlette(routes=[Route("/v1/traces", receiver.take, methods=["POST"])])) as address:
        receiver.address = address
        yield receiver


def _read(body: bytes) -> Iterator[Sent]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = _attributes(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Sent(
                    service=about["service.name"],
                    name=span.name,
                    trace=span.trace_id.hex(),
                    span=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    links=tuple(link.trace_id.hex() for link in span.links),
                    began=span.start_time_unix_nano,
                    ended=span.end_time_unix_nano,
                    failed=span.status.code == span.status.STATUS_CODE_ERROR,
                    attributes=_attributes(span.attributes),
                    about=about,
                )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}
