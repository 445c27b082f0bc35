"""Answers of the monitoring in JSON, errors among them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import orjson
from fastapi.responses import Response

from accessa.domain.error_catalogue import CATALOGUE
from accessa.domain.errors import AccessaError


async def answered(work: Awaitable[Any], *, status: int = 200) -> Response:
    """Return what `work` gives, or the error that it raises, with its code and sentence."""
    try:
        return json_answer(await work, status=status)
    except AccessaError as error:
        return refusal(error.code)


def json_answer(content: Any, *, status: int = 200) -> Response:
    """Return `content` as JSON that nobody keeps."""
    body = orjson.dumps(content)
    return Response(body, status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"})


def refusal(code: str) -> Response:
    """Return an error of the catalogue."""
    entry = CATALOGUE[code]
    return json_answer({"error": {"code": code, "message": entry.sentence}}, status=entry.http_status)
