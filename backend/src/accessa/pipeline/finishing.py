"""What is begun after a purchase is finished, also in a worker that is told to stop meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


async def finished(work: Coroutine[Any, Any, Result]) -> Result:
    """Await `work` to its end; a cancellation meanwhile takes effect after it, and a second one cuts it short."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        raise
