"""Addresses that open one path for a while, without a key."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

PREFIX = "/presigned"


@dataclass(frozen=True, slots=True)
class PresignedLink:
    """An address, and until when it works in seconds since 1970."""

    url: str
    expires_at: int


class Presigner:
    """Signs paths below `/presigned`; a new process has a new key, so older addresses end with the old one."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def link(self, base_url: str, path: str, seconds: int) -> PresignedLink:
        """Return the address of `path` (below the prefix) on the server at `base_url`."""
        expires_at = int(time.time()) + seconds
        query = f"expires={expires_at}&signature={self._signature(path, expires_at)}"
        return PresignedLink(f"{base_url.rstrip('/')}{PREFIX}/{path}?{query}", expires_at)

    def opens(self, path: str, expires_at: int, signature: str) -> bool:
        """Tell whether the query of a request for `path` is one of ours and still valid."""
        expected = self._signature(path, expires_at)
        return expires_at > time.time() and hmac.compare_digest(expected.encode(), signature.encode())

    def _signature(self, path: str, expires_at: int) -> str:
        return hmac.new(self._key, f"{path}:{expires_at}".encode(), hashlib.sha256).hexdigest()
