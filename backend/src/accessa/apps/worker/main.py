"""Runs one worker process: `python -m accessa.apps.worker.main`."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from types import FrameType

import uvloop

from accessa.apps.worker.base_worker import BaseWorker
from accessa.apps.worker.last_resort import LastResort
from accessa.domain.errors import UsageError
from accessa.pipeline.services import open_services
from accessa.pipeline.start_checks import check_addresses, warn_of_silent_callback
from accessa.pipeline.tracing import begin_traces, end_traces
from accessa.providers.direct_calls import warm_up
from accessa.settings import Settings, check_service, load_settings
from accessa.telemetry.failpoint_warning import arm_failpoints
from accessa.telemetry.logs import configure_logging, get_logger
from accessa.telemetry.uncaught import log_uncaught

# Cancelled jobs are handed back and the last sign of life is given within this; threads are not waited for.
_AFTER_DRAIN_SECONDS = 3.0


async def serve(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; a second signal cuts the draining short, and nothing holds the end up for long."""
    async with open_services(settings, "accessa-worker") as services:
        worker = BaseWorker(services)
        _obey_signals(worker, LastResort(settings, worker.worker_id), settings.worker.drain_seconds)
        probe = asyncio.create_task(warn_of_silent_callback(settings))
        try:
            await worker.process_jobs_continuously()
        finally:
            probe.cancel()


def _settle_memory() -> None:
    """Have the garbage collector leave alone what stays for good, and look less often: little work makes circles."""
    warm_up()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _obey_signals(worker: BaseWorker, last_resort: LastResort, drain_seconds: float) -> None:
    """Take signals where Python does, not on the event loop: what holds the loop up must not hold up the end."""
    loop = asyncio.get_running_loop()
    patience = [drain_seconds]

    def obey(_signum: int, _frame: FrameType | None) -> None:
        last_resort.begin((patience.pop() if patience else 0) + _AFTER_DRAIN_SECONDS)
        loop.call_soon_threadsafe(worker.stop)

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, obey)


def run() -> int:
    """Start the worker; a wrong setting stops the start with one sentence."""
    configure_logging("base-worker")
    try:
        settings = load_settings()
        check_service(settings)
        arm_failpoints(settings.failpoints.failpoints, settings.runtime.environment)
        begin_traces(settings, "base-worker")
        asyncio.run(check_addresses(settings))
    except UsageError as error:
        get_logger(__name__).error("The worker cannot start", code=error.code, message=error.message)
        return 2
    configure_logging("base-worker", settings.log.level, settings.log.format)
    try:
        _settle_memory()
        uvloop.run(serve(settings))
    except UsageError as error:
        get_logger(__name__).error("The worker stops", code=error.code, message=error.message)
        return 2
    finally:
        end_traces()
    return 0


if __name__ == "__main__":
    log_uncaught()
    sys.exit(run())
