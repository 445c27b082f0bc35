"""Runs the local object storage: `python -m accessa.apps.storage.main --port 5000 --root DIR`."""

from __future__ import annotations

import argparse
import signal
import socket
import sqlite3
import sys
from pathlib import Path

import uvicorn

from accessa.apps.storage.application import create_app
from accessa.apps.storage.disk_space import is_full
from accessa.domain.errors import AccessaError, RecoverableError, UsageError
from accessa.pipeline.tracing import begin_traces, end_traces
from accessa.settings import Settings, load_settings
from accessa.telemetry.failpoint_warning import arm_failpoints
from accessa.telemetry.logs import configure_logging, get_logger
from accessa.telemetry.uncaught import log_uncaught

_SECRET_BYTES = 32
_DRAIN_SECONDS = 20
_BACKLOG = 512
# Longer than clients keep an idle connection, so that they never send into one that just closed.
_KEEP_ALIVE_SECONDS = 30

_log = get_logger(__name__)


def run() -> None:
    """Serve until SIGTERM or SIGINT; then finish the requests under way. Exit code 2 tells a wrong setting or use."""
    options = _arguments()
    # uvicorn raises the signal once more when it is done: that is then a normal end.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    configure_logging("supabase-storage")
    try:
        settings = load_settings()
        configure_logging("supabase-storage", settings.log.level, settings.log.format)
        arm_failpoints(settings.failpoints.failpoints, settings.runtime.environment)
        begin_traces(settings, "supabase-storage")
        _serve(options, settings)
    except AccessaError as error:
        _log.error("The storage did not start", code=error.code, message=error.message)
        sys.exit(2)
    finally:
        end_traces()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Local object storage with the contract of Supabase Storage.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=5000, help="port to listen on; 0 takes any free one")
    parser.add_argument("--root", type=Path, required=True, help="folder of all data")
    return parser.parse_args()


def _serve(options: argparse.Namespace, settings: Settings) -> None:
    jwt_secret = settings.storage.jwt_secret.get_secret_value()
    if len(jwt_secret.encode()) < _SECRET_BYTES:
        raise UsageError(
            "SETTINGS_INVALID", f"The setting SUPABASE_JWT_SECRET must have at least {_SECRET_BYTES} characters."
        )
    try:
        app = create_app(
            root=options.root,
            jwt_secret=jwt_secret,
            upload_url_seconds=settings.upload.signed_url_expiration_time,
        )
    except (OSError, sqlite3.Error) as error:
        if is_full(error):
            raise RecoverableError("STORAGE_FULL") from error
        raise UsageError(
            "STACK_FAILED", "The storage cannot use its folder; check the folder and its owner."
        ) from error
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )
    with _listener(options.host, options.port) as listener:
        _log.info("The storage listens", host=options.host, port=listener.getsockname()[1])
        uvicorn.Server(config).run(sockets=[listener])


def _listener(host: str, port: int) -> socket.socket:
    # The protocol is named because asyncio sends small answers at once (TCP_NODELAY) only where it is.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(
            "NO_FREE_PORT", f"The storage cannot listen on port {port}: {error.strerror}; set another port."
        ) from None
    return listener


if __name__ == "__main__":
    log_uncaught()
    run()
