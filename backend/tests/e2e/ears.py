"""Whoever is told something from outside a stack: what receives its traces, and what its alerts are posted to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backend.tests.house import served
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class Ears:
    """Keeps, byte for byte, what each path was sent."""

    address: str = ""
    heard: dict[str, bytes] = field(default_factory=dict)

    async def hear(self, request: Request) -> Response:
        """Take a request."""
        self.heard[request.url.path] = self.heard.get(request.url.path, b"") + await request.body()
        return Response()


@contextmanager
def listening() -> Iterator[Ears]:
    """Lend ears at an address of loopback."""
    ears = Ears()
    with served(Starlette(routes=[Route("/{path:path}", ears.hear, methods=["POST"])])) as address:
        ears.address = address
        yield ears
