"""Starts the monitoring service: `python -m accessa.apps.monitor.main --port 3000`."""

from __future__ import annotations

import argparse
import signal
import socket
import sys

import uvicorn

from accessa.apps.monitor.app import create_app
from accessa.apps.monitor.pulse import Pulse
from accessa.domain.errors import UsageError
from accessa.settings import Settings, check_monitor, load_settings
from accessa.telemetry.logs import configure_logging, get_logger
from accessa.telemetry.uncaught import log_uncaught

DEFAULT_PORT = 3000
DRAIN_SECONDS = 3


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return 0, or 2 when the settings do not allow a start."""
    options = _parser().parse_args(arguments)
    configure_logging("monitoring")
    try:
        settings = _settings(options.host)
        app = create_app(settings)
    except UsageError as error:
        get_logger(__name__).error("The monitoring cannot start", code=error.code, message=error.message)
        return 2
    configure_logging("monitoring", settings.log.level, settings.log.format)
    # The server raises the signal again once it has stopped in order: by then there is nothing left to end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    port = options.port if options.port is not None else settings.stack.monitoring_port or DEFAULT_PORT
    config = uvicorn.Config(
        app,
        host=settings.monitor.host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    _Server(config, app.state.pulse).run()
    return 0


class _Server(uvicorn.Server):
    """Ends the streams before it waits for its connections: a page that watches would never end by itself."""

    def __init__(self, config: uvicorn.Config, pulse: Pulse) -> None:
        super().__init__(config)
        self._pulse = pulse

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop in order."""
        self._pulse.end()
        await super().shutdown(sockets)


def _settings(host: str | None) -> Settings:
    settings = load_settings()
    if host is not None:
        settings = settings.model_copy(update={"monitor": settings.monitor.model_copy(update={"host": host})})
    if not settings.database.url.get_secret_value():
        raise UsageError("SETTINGS_INVALID", "The setting DATABASE_URL is missing; set it and start again.")
    check_monitor(settings)
    return settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m accessa.apps.monitor.main", description=__doc__)
    parser.add_argument("--port", type=int, default=None, help="port to listen on; 0 takes a free one (default 3000)")
    parser.add_argument("--host", default=None, help="address to listen on; other than loopback needs MONITOR_TOKEN")
    return parser


if __name__ == "__main__":
    log_uncaught()
    sys.exit(main())
