"""Which loopback port each service gets: the one asked for, the usual one, or the next that is free."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from accessa.domain.errors import UsageError

LOOPBACK = "127.0.0.1"
_RANGE = 100
_CONNECT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class PortWish:
    """What a service would like: its usual port, and the port that the user set by `variable`, if any."""

    service: str
    usual: int
    variable: str
    asked: int | None = None


def any_free_port() -> int:
    """Return a port of 127.0.0.1 on which nobody listens; it is not reserved."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Tell whether a server could listen on 127.0.0.1:`port` now.

    Nothing may answer there, and the port must let itself be bound the way servers do it, with SO_REUSEADDR: without,
    the last connections of a stack just stopped would count as taken; alone, it overlooks a wildcard listener on macOS.
    """
    return _can_listen(port) and not _answers(port)


def choose_ports(wishes: Sequence[PortWish], take: Callable[[int], bool] = is_free) -> tuple[dict[str, int], list[str]]:
    """Return a port for each service, no two alike, and a sentence for each service that had to move.

    `take` tells whether a port can be had, and is not asked again about one that it gave. Raises `UsageError`
    NO_FREE_PORT if a port that the user set is taken, or nothing is free near a usual one.
    """
    chosen = _asked_ports(wishes, take)
    open_wishes = [wish for wish in wishes if wish.asked is None]
    for wish in open_wishes:
        if wish.usual not in chosen.values() and take(wish.usual):
            chosen[wish.service] = wish.usual
    moved = [wish for wish in open_wishes if wish.service not in chosen]
    usual_ports = {wish.usual for wish in wishes}
    for wish in moved:
        chosen[wish.service] = _next_free(wish, usual_ports | set(chosen.values()), take)
    return chosen, [_told(wish, chosen) for wish in moved]


def _can_listen(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _answers(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(_CONNECT_SECONDS)
        try:
            return probe.connect_ex((LOOPBACK, port)) != errno.ECONNREFUSED
        except TimeoutError:
            return True


def _asked_ports(wishes: Sequence[PortWish], take: Callable[[int], bool]) -> dict[str, int]:
    chosen: dict[str, int] = {}
    for wish in wishes:
        if wish.asked is None:
            continue
        if wish.asked in chosen.values():
            raise UsageError("NO_FREE_PORT", f"{wish.variable}={wish.asked} is asked for twice; set another port.")
        if not take(wish.asked):
            raise UsageError(
                "NO_FREE_PORT",
                f"{wish.variable}={wish.asked} cannot be used for {wish.service}: another program has that port, or "
                "this user may not open it. End that program or set another port.",
            )
        chosen[wish.service] = wish.asked
    return chosen


def _next_free(wish: PortWish, avoided: set[int], take: Callable[[int], bool]) -> int:
    last = min(wish.usual + _RANGE, 65536)
    for port in range(wish.usual + 1, last):
        if port not in avoided and take(port):
            return port
    raise UsageError(
        "NO_FREE_PORT",
        f"No port from {wish.usual} to {last - 1} is free for {wish.service}; end another program or set "
        f"{wish.variable}.",
    )


def _told(wish: PortWish, chosen: Mapping[str, int]) -> str:
    return f"Port {wish.usual} is taken by another program, so {wish.service} listens on {chosen[wish.service]}."
