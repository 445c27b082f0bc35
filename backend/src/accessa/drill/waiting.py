"""Waiting for what happens in other processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_LOOK_SECONDS = 0.1


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look again and again for at most `seconds`; tell whether `condition` came to hold."""
    ends = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > ends:
            return False
        await asyncio.sleep(_LOOK_SECONDS)
    return True
