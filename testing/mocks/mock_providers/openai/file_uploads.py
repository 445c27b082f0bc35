"""Reading an upload: the parts `purpose`, `file` and `expires_after[…]` of a multipart form."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from mock_providers.openai.errors import ApiError, invalid_value, missing_parameter
from mock_providers.openai.expiry import DEFAULT_BATCH_LIFETIME, read_expiry
from mock_providers.openai.file_store import FileStore, StoredFile

PURPOSES = ("assistants", "batch", "fine-tune", "vision", "user_data", "evals")
_EXPIRY = "expires_after"


@dataclass(frozen=True, slots=True)
class _Upload:
    part: UploadFile
    name: str
    purpose: str
    lifetime: int | None


async def store_upload(request: Request, files: FileStore) -> StoredFile:
    """Store the file of a request; raises the 400 of one that cannot be used."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ApiError(400, "The request must be sent as multipart/form-data with the parts 'purpose' and 'file'.")
    async with request.form() as form:
        upload = _read(form)
        if not upload.part.size:
            raise ApiError(400, "The file is empty.", param="file")
        return await run_in_threadpool(files.add, upload.part.file, upload.name, upload.purpose, upload.lifetime)


def _read(form: FormData) -> _Upload:
    purpose = form.get("purpose")
    if purpose is None:
        raise missing_parameter("purpose")
    if not isinstance(purpose, str) or purpose not in PURPOSES:
        raise invalid_value("purpose", f"supported values are {', '.join(PURPOSES)}.")
    part = form.get("file")
    if part is None:
        raise missing_parameter("file")
    if not isinstance(part, UploadFile) or not part.filename:
        raise invalid_value("file", "a part with a filename is expected.")
    if purpose == "batch" and not part.filename.endswith(".jsonl"):
        raise ApiError(400, "Invalid file format for Batch API. Must be .jsonl")
    return _Upload(part, part.filename, purpose, _lifetime(form, purpose))


def _lifetime(form: FormData, purpose: str) -> int | None:
    wanted = {part: form.get(f"{_EXPIRY}[{part}]") for part in ("anchor", "seconds")}
    asked = any(value is not None for value in wanted.values())
    if not asked:
        return DEFAULT_BATCH_LIFETIME if purpose == "batch" else None
    return read_expiry(_EXPIRY, wanted)
