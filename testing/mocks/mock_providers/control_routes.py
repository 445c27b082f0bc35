"""The routes under `/_control`, the same for both simulators."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from mock_providers.bill import Bill
from mock_providers.control import Control, UnknownFaultError

Reset = Callable[[], Awaitable[None]]


def control_routes(control: Control[Any], bill: Bill, reset: Reset) -> APIRouter:
    """Return the router; `reset` empties what else the simulator stores."""
    router = APIRouter(prefix="/_control", tags=["control"])

    @router.get("")
    async def show() -> dict[str, Any]:
        """Show the current values, the kinds of faults that can be played and how often each was since the start."""
        return {
            **control.values.model_dump(mode="json"),
            "fault_kinds": control.kinds,
            "faults_played": dict(control.played),
        }

    @router.patch("", openapi_extra=_patch_schema(control))
    async def change(patch: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        """Change the given values and leave the others."""
        _change(control, patch)
        return await show()

    @router.post("/reset")
    async def start_over() -> dict[str, Any]:
        """Go back to the values of the start, and forget the bill and everything stored."""
        control.reset()
        await reset()
        await run_in_threadpool(bill.clear)
        return await show()

    @router.get("/bill")
    async def show_bill(
        after: Annotated[int, Query(ge=0, le=sys.maxsize)] = 0, limit: Annotated[int, Query(ge=0, le=100_000)] = 10_000
    ) -> dict[str, Any]:
        """Show sums over the whole bill, and its rows after entry number `after`."""
        return await run_in_threadpool(_bill_page, bill, after, limit)

    return router


def _patch_schema(control: Control[Any]) -> dict[str, Any]:
    """Return what the API description says of a patch: the values, none of them required, and the known faults."""
    schema = type(control.values).model_json_schema()
    fault = schema.pop("$defs")["Fault"]
    fault["properties"]["kind"]["enum"] = control.kinds
    schema["properties"]["faults"]["items"] = fault
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def _change(control: Control[Any], patch: dict[str, Any]) -> None:
    try:
        control.change(patch)
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False, include_context=False)) from error
    except UnknownFaultError as error:
        raise HTTPException(422, str(error)) from error


def _bill_page(bill: Bill, after: int, limit: int) -> dict[str, Any]:
    rows = bill.page(after, limit)
    more = bool(limit) and len(rows) == limit
    return {"summary": bill.summary(), "rows": rows, "next_after": rows[-1]["entry"] if more else None}
