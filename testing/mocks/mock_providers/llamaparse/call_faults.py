"""Plays the faults of calls: refuses them, or spoils the answer of a call that was served."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from mock_providers.control import Control, ControlValues
from mock_providers.cut_connection import cut_connection
from mock_providers.faults import Fault
from mock_providers.llamaparse.fault_kinds import FETCH_REFUSALS, OF_CALL, Operation, bare_kind

_SLOW_SECONDS = 1.0
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Spoiling:
    """What happens to the answer of a served call; without a fault nothing does."""

    call: int
    """Number of the call among those of its kind, from 1."""
    kind: str = ""
    fault: Fault | None = None

    def number(self, default: float) -> float:
        """Return the fault's value as a number."""
        return self.fault.number(default) if self.fault else default

    async def answer(self, request: Request, body: Mapping[str, Any]) -> Response:
        """Send `body`, unless the fault sends something else or nothing."""
        await self._delay_or_cut(request)
        if self.kind == "malformed_answer":
            return Response(_broken(json.dumps(body).encode()), media_type=_JSON)
        hidden = {"id"} if self.kind == "missing_id" else set()
        return JSONResponse({name: value for name, value in body.items() if name not in hidden})

    async def stream(self, request: Request, pieces: Iterator[bytes]) -> Response:
        """Send `pieces` of one JSON text, unless the fault sends something else or nothing."""
        await self._delay_or_cut(request)
        if self.kind == "malformed":
            return Response(_broken(b"".join(pieces)), media_type=_JSON)
        if self.kind == "cut":
            return _CutAnswer(b"".join(pieces), media_type=_JSON)
        return StreamingResponse(pieces, media_type=_JSON)

    async def _delay_or_cut(self, request: Request) -> None:
        if self.kind == "slow_answer":
            await asyncio.sleep(self.number(_SLOW_SECONDS))
        if self.kind == "lost_answer":
            await cut_connection(request.scope)


class CallFaults:
    """Chooses the fault of each call."""

    def __init__(self, control: Control[ControlValues]) -> None:
        self._control = control

    def strike(self, operation: Operation, subjects: Collection[str]) -> Spoiling:
        """Count a call and return what happens to its answer; raises the HTTP error of a refusal."""
        number = self._control.count(operation)
        fault = self._control.fault(operation, number, OF_CALL[operation], subjects)
        if fault is None:
            return Spoiling(number)
        kind = bare_kind(fault.kind, operation)
        if kind in FETCH_REFUSALS:
            raise refusal(kind, fault.value)
        return Spoiling(number, kind, fault)


def refusal(kind: str, value: float | str | None = None) -> HTTPException:
    """Return the HTTP error of a refusal by its bare name."""
    status, detail = FETCH_REFUSALS[kind]
    if kind == "payment_required" and isinstance(value, str):
        detail = value
    headers = {"Retry-After": f"{value:g}" if isinstance(value, float) else str(value)} if kind == "rate_limit" else {}
    return HTTPException(status, detail, headers=headers if value is not None else None)


class _CutAnswer(Response):
    """Promises the whole body, sends half of it and closes the connection."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        del receive
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": _broken(bytes(self.body)), "more_body": True})
        await cut_connection(scope)


def _broken(body: bytes) -> bytes:
    return body[: max(1, len(body) // 2)]
