"""At which address others reach this machine."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

_EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 - compared with, never listened on
_ANY_PORT = 9


def reached_at(host: str, database_url: str) -> str:
    """Return `host` as part of an address; a server on all addresses is reached where the database sees this machine.

    In a network of containers that is the address which the monitoring, beside the same database, can use.
    """
    name = _address_towards(urlsplit(database_url).hostname or "") if host in _EVERYWHERE else host
    return f"[{name}]" if ":" in name else name


def _address_towards(other: str) -> str:
    """Return the own address on the way to another machine; nothing is sent to it."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(other or "localhost", _ANY_PORT, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(place)
            return str(probe.getsockname()[0])
    except OSError:
        return socket.gethostname()
