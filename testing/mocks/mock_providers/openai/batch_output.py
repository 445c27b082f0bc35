"""The output and error file of a batch: one JSON line per request, written as the work goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

import orjson

from mock_providers.openai.file_store import FileStore, NewFile, new_file_id

_EXPIRED = {
    "code": "batch_expired",
    "message": "This request could not be executed before the completion window expired.",
}


class OutputFile:
    """A file that begins to exist with its first line; call `finish` or `abandon` at the end."""

    def __init__(self, files: FileStore) -> None:
        self.lines = 0
        self._file_id = new_file_id()
        self._path: Path = files.path(self._file_id)
        self._target: BinaryIO | None = None

    def answer(self, custom_id: str, status: int, body: bytes) -> None:
        """Write the line of a request that was answered."""
        response = b'{"status_code":%d,"request_id":"%b","body":%b}' % (status, uuid4().hex.encode(), body)
        self._write(custom_id, response, b"null")

    def expire(self, custom_id: str) -> None:
        """Write the line of a request that was not reached in time."""
        self._write(custom_id, b"null", orjson.dumps(_EXPIRED))

    def finish(self, name: str, lifetime: int) -> NewFile | None:
        """Put the file safely on disk; None if it has no line."""
        if self._target is None:
            return None
        self._target.flush()
        os.fsync(self._target.fileno())
        size = self._target.tell()
        self._target.close()
        return NewFile(self._file_id, name, "batch_output", size, lifetime)

    def abandon(self) -> None:
        """Close the file and delete it."""
        if self._target is not None:
            self._target.close()
            self._path.unlink(missing_ok=True)

    def _write(self, custom_id: str, response: bytes, error: bytes) -> None:
        if self._target is None:
            self._target = self._path.open("wb")
        self.lines += 1
        self._target.write(
            b'{"id":"batch_req_%b","custom_id":%b,"response":%b,"error":%b}\n'
            % (uuid4().hex.encode(), orjson.dumps(custom_id), response, error)
        )
