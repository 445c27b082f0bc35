"""Webhook signatures of the parse provider: HMAC-SHA256 over the raw body, `LC-Signature: sha256=<hex>`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

_SCHEME = "sha256="


def sign(secret: str, body: bytes) -> str:
    """Return the header value that signs `body` under `secret`."""
    return _SCHEME + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def is_signed(header: str | None, body: bytes, secrets: Iterable[str]) -> bool:
    """Tell whether `header` signs `body` under any of the active secrets, in constant time for each."""
    if not header:
        return False
    given = header.strip().encode("utf-8", "replace")
    # Every secret is tried, so that the time taken does not tell which one matched.
    matches = [hmac.compare_digest(given, sign(secret, body).encode()) for secret in secrets if secret]
    return any(matches)
