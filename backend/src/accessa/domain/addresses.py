"""Addresses of services: whether they lead to this machine, into a private network, or to a public host."""

from __future__ import annotations

import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Names that only a private network or a single machine resolves.
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".corp", ".svc", ".test")
# Addresses of the old internet wrapped into new ones: what they lead to is decided by the part inside.
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_LONGEST_URL = 2000


def is_loopback(address: str) -> bool:
    """Tell whether a URL names this machine itself, where no proxy of the environment may stand between."""
    return (_host_of(address) or "") in _LOOPBACK


def is_loopback_host(host: str) -> bool:
    """Tell whether a host, as it is given to listen on, can be reached from this machine only."""
    return host.strip("[]").lower() in _LOOPBACK


def trust_for(address: str) -> ssl.SSLContext | bool:
    """Return what httpx takes as `verify`: the usual authorities, or nobody for plain HTTP on this machine.

    To load the usual authorities takes 45 ms of one core for each client, for a connection that uses none.
    """
    if is_loopback(address) and urlsplit(address).scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return True


def is_public(address: str) -> bool:
    """Tell whether a URL is https and names a public host: no private name or number, in whatever form it is written.

    What a name resolves to is a question for `is_public_number`, at the time of use.
    """
    host = _host_of(address)
    if host is None or urlsplit(address).scheme != "https" or urlsplit(address).username is not None:
        return False
    return _is_public_host(host)


def is_private(address: str) -> bool:
    """Tell whether a URL names a host of this machine or of a private network, as a container's name is one."""
    host = _host_of(address)
    return host is not None and urlsplit(address).scheme in {"http", "https"} and not _is_public_host(host)


def is_public_number(number: IPv4Address | IPv6Address) -> bool:
    """Tell whether an IP address is one of the public internet; metadata services, CGNAT and wrapped ones are not."""
    if isinstance(number, IPv6Address):
        if any(number in network for network in _NAT64):
            return is_public_number(IPv4Address(int(number) & 0xFFFFFFFF))
        wrapped = number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
        if wrapped is not None:
            return is_public_number(wrapped)
    return number.is_global and not number.is_multicast


def host_of(address: str) -> str:
    """Return the host that a URL names, in lower case and without a last dot; "" when it names none."""
    return _host_of(address) or ""


def _host_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removesuffix(".")
        _ = parts.port
    except ValueError:
        return None
    return host if host and len(address) <= _LONGEST_URL else None


def _is_public_host(host: str) -> bool:
    try:
        return is_public_number(ip_address(host))
    except ValueError:
        pass
    return not _is_odd_number(host) and "." in host and not host.endswith(_PRIVATE_SUFFIXES)


def _is_odd_number(host: str) -> bool:
    """Tell whether the C library reads the host as a number: 2130706433, 0x7f.1 and 127.1 all are 127.0.0.1."""
    try:
        socket.inet_aton(host)
    except (OSError, ValueError):
        return False
    return True
