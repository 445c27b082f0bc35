"""The 422 answer in FastAPI's shape, also for input that cannot be written as JSON."""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError


async def answer_invalid(request: Request, error: Exception) -> Response:
    """Answer `{"detail": [{type, loc, msg, input}]}`; an input such as NaN is left out."""
    del request
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    detail = [_writable(problem) for problem in problems]
    return Response(json.dumps({"detail": detail}), 422, media_type="application/json")


def _writable(problem: Any) -> Any:
    kept = {name: value for name, value in problem.items() if name != "ctx"}
    try:
        json.dumps(encoded := jsonable_encoder(kept), allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        return jsonable_encoder({**kept, "input": None})
    return encoded
