"""Webhook signatures of the parse provider: HMAC-SHA256 over the raw body, `LC-Signature: sha256=<hex>`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

_SCHEME = "sha256="


def sign(secret: str, body: bytes) -> str:
    """Return the header value that signs `body` under `secret`."""
    return _SCHEME + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def bearer_of(secret: str, locator: str) -> str:
    """Return the token that the provider is given for one webhook address; it opens no other one."""
    return hmac.new(secret.encode(), f"bearer:{locator}".encode(), hashlib.sha256).hexdigest()


def is_bearer(header: str | None, locator: str, secrets: Iterable[str]) -> bool:
    """Tell whether an `Authorization` header holds the token of this address under any of the active secrets."""
    scheme, _, token = (header or "").partition(" ")
    given = token.strip().encode("utf-8", "replace")
    matches = [hmac.compare_digest(given, bearer_of(secret, locator).encode()) for secret in secrets if secret]
    return scheme.lower() == "bearer" and any(matches)


def is_signed(header: str | None, body: bytes, secrets: Iterable[str]) -> bool:
    """Tell whether `header` signs `body` under any of the active secrets, in constant time for each."""
    if not header:
        return False
    given = header.strip().encode("utf-8", "replace")
    # Every secret is tried, so that the time taken does not tell which one matched.
    matches = [hmac.compare_digest(given, sign(secret, body).encode()) for secret in secrets if secret]
    return any(matches)
