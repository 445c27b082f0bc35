"""The background process that runs the stack: `python -m accessa.stack.supervisor HOME`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from accessa.stack.crew import Crew
from accessa.stack.places import Places
from accessa.stack.plan import read_plan
from accessa.stack.runner import StartFailedError
from accessa.telemetry.logs import configure_logging, get_logger
from accessa.telemetry.uncaught import log_uncaught

_LOG = get_logger(__name__)


async def supervise(places: Places) -> int:
    """Run the plan of `places` until a signal ends it; return the exit code.

    SIGTERM and SIGINT stop everything; SIGHUP reads the plan again.
    """
    stop, reread = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, stop.set)
    loop.add_signal_handler(signal.SIGHUP, reread.set)
    crew = Crew(read_plan(places.plan), places)
    _LOG.info("Supervisor started", pid=os.getpid())
    life = asyncio.create_task(_live(crew, places, reread))
    await _first(life, stop)
    failure = await _failure_of(life)
    await crew.stop()
    if failure:
        crew.fail(failure)
        return 1
    places.state.unlink(missing_ok=True)
    _LOG.info("Supervisor stopped")
    return 0


async def _live(crew: Crew, places: Places, reread: asyncio.Event) -> None:
    await crew.start()
    _LOG.info("The stack is running")
    while await reread.wait():
        reread.clear()
        await crew.follow(read_plan(places.plan))


async def _first(life: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Return when `life` has ended by itself or `stop` is set."""
    waiting = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({life, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _failure_of(life: asyncio.Task[None]) -> StartFailedError | None:
    """End `life`; return why it failed, or None if it was only told to stop."""
    life.cancel()
    try:
        await life
    except asyncio.CancelledError:
        return None
    except StartFailedError as failure:
        _LOG.error("Service did not start", name=failure.service, reason=failure.words)
        return failure
    except Exception as error:  # noqa: BLE001 - whatever it is, the services must be stopped
        _LOG.exception("The supervisor met something unexpected")
        return StartFailedError("supervisor", f"it met an unexpected {type(error).__name__}")
    return None


def run(arguments: list[str]) -> int:
    """Run the supervisor of the home named by the first argument."""
    configure_logging("supervisor")
    return asyncio.run(supervise(Places(Path(arguments[0]))))


if __name__ == "__main__":
    log_uncaught()
    sys.exit(run(sys.argv[1:]))
