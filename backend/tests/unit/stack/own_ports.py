"""Ports for one test process: no other process of the same run draws from them."""

from __future__ import annotations

import os
import random

from accessa.stack.ports import is_free

# Below the ports that the system gives to outgoing connections.
_FIRST = 20_000
_EACH = 1_000
_PROCESSES = 12


def free_row(count: int) -> range:
    """Return `count` free ports in a row."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PROCESSES
    lowest = _FIRST + process * _EACH
    while True:
        start = random.randrange(lowest, lowest + _EACH - count)
        row = range(start, start + count)
        if all(is_free(port) for port in row):
            return row
