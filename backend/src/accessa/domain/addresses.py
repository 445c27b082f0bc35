"""Addresses of services: whether they lead to this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_loopback(address: str) -> bool:
    """Tell whether a URL names this machine itself, where no proxy of the environment may stand between."""
    return (urlsplit(address).hostname or "") in _LOOPBACK
