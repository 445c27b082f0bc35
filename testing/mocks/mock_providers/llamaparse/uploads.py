"""Taking a file out of a multipart form."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import FormData, UploadFile

from mock_providers.llamaparse.file_store import FileStore, StoredFile

_LONGEST_NAME = 255
_BAD_REQUEST = 400


def missing(*place: str) -> RequestValidationError:
    """Return the error of a field that is not there, in FastAPI's shape."""
    return RequestValidationError(
        [{"type": "missing", "loc": ("body", *place), "msg": "Field required", "input": None}]
    )


def form_schema(fields: dict[str, dict[str, Any]], *required: str) -> dict[str, Any]:
    """Return what a route that reads its own multipart form tells the API description."""
    schema = {"type": "object", "properties": fields, "required": list(required)}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def external_id(form: FormData) -> str | None:
    """Return the caller's own id of the file in a form."""
    external = form.get("external_file_id")
    return external if isinstance(external, str) and external else None


async def store_upload(form: FormData, files: FileStore, purpose: str) -> StoredFile:
    """Store the part `file` of a form; raises 400 or 422 when it cannot be used."""
    part = form.get("file")
    if part is None:
        raise missing("file")
    if not isinstance(part, UploadFile) or not part.filename:
        raise HTTPException(_BAD_REQUEST, "File must have a filename.")
    if len(part.filename) > _LONGEST_NAME:
        raise HTTPException(_BAD_REQUEST, f"File name is longer than {_LONGEST_NAME} characters.")
    if not await part.read(1):
        raise HTTPException(_BAD_REQUEST, "Uploaded file is empty.")
    await part.seek(0)
    return await run_in_threadpool(files.add, part.file, part.filename, purpose, external_id(form))
