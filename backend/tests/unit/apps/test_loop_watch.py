"""The watch over the event loop: it tells of a loop that stands still, while it does."""

from __future__ import annotations

import asyncio
import threading
from unittest.mock import patch

from accessa.apps.worker import loop_watch
from accessa.apps.worker.loop_watch import LoopWatch


async def test_a_loop_that_is_held_up_is_told_from_outside_it() -> None:
    """While the loop stands still the log says where, and the next sign of life knows of it, once."""
    told = threading.Event()
    watch = LoopWatch(limit_seconds=0.05)
    with patch.object(loop_watch.log, "error", side_effect=lambda *_, **__: told.set()) as error:
        running = asyncio.create_task(watch.run())
        await asyncio.sleep(0)
        held_up_before = watch.was_held_up()
        assert told.wait(10)
        seen = (held_up_before, watch.was_held_up(), watch.was_held_up())
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert (False, True, False) == seen
    assert "LOOP_HELD_UP" == error.call_args.kwargs["code"]
    assert any("threading.py" in place for place in error.call_args.kwargs["at"])
