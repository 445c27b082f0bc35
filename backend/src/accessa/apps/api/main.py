"""Runs the API: `python -m accessa.apps.api.main`."""

from __future__ import annotations

import asyncio
import signal
import sys

import uvicorn

from accessa.apps.api.app import create_app
from accessa.domain.errors import UsageError
from accessa.pipeline.start_checks import check_addresses
from accessa.pipeline.tracing import begin_traces, end_traces
from accessa.settings import load_settings
from accessa.telemetry.failpoint_warning import arm_failpoints
from accessa.telemetry.logs import configure_logging, get_logger
from accessa.telemetry.uncaught import log_uncaught

_DRAIN_SECONDS = 20


def run() -> int:
    """Serve until SIGTERM; a wrong setting stops the start with one sentence."""
    # The server raises the signal once more when it has stopped in order: that is a normal end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    configure_logging("api-server")
    try:
        settings = load_settings()
        app = create_app(settings)
        arm_failpoints(settings.failpoints.failpoints, settings.runtime.environment)
        begin_traces(settings, "api-server")
        asyncio.run(check_addresses(settings))
    except UsageError as error:
        get_logger(__name__).error("The API cannot start", code=error.code, message=error.message)
        return 2
    configure_logging("api-server", settings.log.level, settings.log.format)
    try:
        uvicorn.run(
            app,
            host=settings.api.host,
            port=settings.api.port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_DRAIN_SECONDS,
        )
    finally:
        end_traces()
    return 0


if __name__ == "__main__":
    log_uncaught()
    sys.exit(run())
