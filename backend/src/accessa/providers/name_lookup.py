"""What a host's name stands for on the network, as the system's resolver tells it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

Number = IPv4Address | IPv6Address
Resolve = Callable[[str], Awaitable[frozenset[Number]]]

_PATIENCE_SECONDS = 5.0


async def look_up(host: str) -> frozenset[Number]:
    """Return every address of `host`; none when the name is unknown or the resolver is silent."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # a timeout is an OSError, a label that is too long a UnicodeError
        return frozenset()
    return frozenset(ip_address(place[0]) for *_, place in found)
