"""Reading the bearer key of a request, and comparing it in constant time."""

from __future__ import annotations

import hmac


def bearer_key(authorization: str | None) -> str | None:
    """Return the key of an `Authorization: Bearer <key>` header, or None."""
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


def key_accepted(key: str, expected: str | None) -> bool:
    """Tell whether `key` opens the door; without an expected key each one does."""
    return expected is None or hmac.compare_digest(key.encode(), expected.encode())
