"""Fetches the file that a request names by its address (`source_url`, in API v1 `input_url`)."""

from __future__ import annotations

import hashlib
import tempfile
import time
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import unquote

import httpx
from fastapi.concurrency import run_in_threadpool

from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.file_store import FileStore, StoredFile

_REDIRECTS = 5
_IN_MEMORY_BYTES = 1024 * 1024
_LONGEST_NAME = 255
_NAMELESS = "download"


class SourceFetcher:
    """Fetches over http and https, also from this machine; the real service refuses private addresses."""

    def __init__(self, files: FileStore, limit: int, seconds: float) -> None:
        """Take at most `limit` bytes within `seconds` between two portions."""
        self._files = files
        self._limit = limit
        self._seconds = seconds

    async def fetch(self, url: str) -> StoredFile:
        """Store the file at `url` and return it; raises `ParseFailureError`."""
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as target:
            try:
                await self._download(url, target)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
                raise _unreachable(type(error).__name__) from error
            if not target.tell():
                raise ParseFailureError(Reason.NO_DATA_FOUND_IN_FILE, "The file at the given URL is empty.")
            target.seek(0)
            return await run_in_threadpool(self._files.add, target, _name(url), "parse", None)

    async def _download(self, url: str, target: IO[bytes]) -> None:
        async with httpx.AsyncClient(timeout=self._seconds, trust_env=False) as client:
            for _ in range(_REDIRECTS + 1):
                async with client.stream("GET", url) as answer:
                    if not answer.is_redirect:
                        await self._receive(answer, target)
                        return
                    url = str(answer.url.join(answer.headers["location"]))
                if not is_fetchable(url):
                    raise _unreachable("a redirect to another scheme")
        raise _unreachable("too many redirects")

    async def _receive(self, answer: httpx.Response, target: IO[bytes]) -> None:
        if not answer.is_success:
            raise _unreachable(f"HTTP {answer.status_code}")
        async for portion in answer.aiter_bytes():
            target.write(portion)
            if target.tell() > self._limit:
                raise ParseFailureError(Reason.DOCUMENT_TOO_LARGE, "The file at the given URL is too large.")


def is_fetchable(url: str) -> bool:
    """Tell whether `url` is one of http or https that names a host."""
    try:
        parsed = httpx.URL(url)
        return parsed.scheme in {"http", "https"} and bool(parsed.host)
    except (httpx.InvalidURL, ValueError):
        return False


def placeholder(url: str) -> StoredFile:
    """Return the entry of a file that could not be fetched: its job exists all the same, and fails."""
    sha256 = hashlib.sha256(url.encode()).hexdigest()
    return StoredFile("", _name(url), sha256, 0, "parse", None, time.time())


def _name(url: str) -> str:
    name = PurePosixPath(unquote(httpx.URL(url).path)).name
    return name[-_LONGEST_NAME:] or _NAMELESS


def _unreachable(why: str) -> ParseFailureError:
    return ParseFailureError(Reason.ERROR_DURING_PROCESSING, f"The file at the given URL could not be fetched ({why}).")
