"""Addresses of services: whether they lead to this machine, and whose certificates a connection to them believes."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def is_loopback(address: str) -> bool:
    """Tell whether a URL names this machine itself, where no proxy of the environment may stand between."""
    return (urlsplit(address).hostname or "") in _LOOPBACK


def trust_for(address: str) -> ssl.SSLContext | bool:
    """Return what httpx takes as `verify`: the usual authorities, or nobody for plain HTTP on this machine.

    To load the usual authorities takes 45 ms of one core for each client, for a connection that uses none.
    """
    if is_loopback(address) and urlsplit(address).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return True
