"""Runs one worker process: `python -m accessa.apps.worker.main`."""

from __future__ import annotations

import asyncio
import signal
import sys

from accessa.apps.worker.base_worker import BaseWorker
from accessa.domain.errors import UsageError
from accessa.pipeline.services import open_services
from accessa.pipeline.start_checks import check_addresses, warn_of_silent_callback
from accessa.settings import Settings, check_service, load_settings
from accessa.telemetry.failpoint_warning import arm_failpoints
from accessa.telemetry.logs import configure_logging, get_logger


async def serve(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; a second signal cuts the draining short."""
    async with open_services(settings, "accessa-worker") as services:
        worker = BaseWorker(services)
        loop = asyncio.get_running_loop()
        for signum in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(signum, worker.stop)
        probe = asyncio.create_task(warn_of_silent_callback(settings))
        try:
            await worker.process_jobs_continuously()
        finally:
            probe.cancel()


def run() -> int:
    """Start the worker; a wrong setting stops the start with one sentence."""
    configure_logging("base-worker")
    try:
        settings = load_settings()
        check_service(settings)
        arm_failpoints(settings.failpoints.failpoints, settings.runtime.environment)
        asyncio.run(check_addresses(settings))
    except UsageError as error:
        get_logger(__name__).error("The worker cannot start", code=error.code, message=error.message)
        return 2
    configure_logging("base-worker", settings.log.level)
    try:
        asyncio.run(serve(settings))
    except UsageError as error:
        get_logger(__name__).error("The worker stops", code=error.code, message=error.message)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(run())
