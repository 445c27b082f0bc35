"""Runs a simulator as a process of its own: command line, JSON logs, an orderly end on SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import uvicorn
from pydantic import ValidationError
from starlette.types import ASGIApp

from mock_providers.logs import log_to_stdout
from mock_providers.settings import SharedSettings

_REFUSED_IN = frozenset({"staging", "production"})
_WRONG_USAGE = 2
_HIGHEST_PORT = 65_535
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """What it takes to run one simulator."""

    name: str
    """The command and the name in the logs, as `mock-openai`."""
    port: int
    settings: type[SharedSettings]
    create_app: Callable[[Any], ASGIApp]


class _Server(uvicorn.Server):
    """Says in the log which port it listens on."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            _log.info("The simulator listens", extra={"fields": {"host": host, "port": port}})


def serve(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT; exit code 2 on wrong usage or settings."""
    options = _parser(service).parse_args(arguments)
    settings = _settings(service, options.data_dir)
    log_to_stdout(service.name)
    signal.signal(signal.SIGTERM, _leave)
    app = _application(service, settings)
    config = uvicorn.Config(
        app, host=options.host, port=options.port, log_config=None, access_log=False, timeout_graceful_shutdown=5
    )
    asyncio.run(_Server(config).serve())


def _parser(service: Service) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=service.name,
        description="A simulator of a paid provider. Settings come from the environment.",
        epilog=f"example: {service.name} --port {service.port} --data-dir ./state",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback only)")
    parser.add_argument("--port", type=_port, default=service.port, help=f"default {service.port}; 0 takes a free one")
    parser.add_argument("--data-dir", type=Path, help="folder of the durable state (default: MOCK_DATA_DIR)")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port; use a number from 0 to {_HIGHEST_PORT}")
    return int(text)


def _application(service: Service, settings: SharedSettings) -> ASGIApp:
    try:
        return service.create_app(settings)
    except OSError as error:
        _refuse(f"the folder of the state cannot be used ({error.strerror}: {error.filename}).", service)


def _settings(service: Service, data_dir: Path | None) -> SharedSettings:
    try:
        settings = service.settings() if data_dir is None else service.settings(data_dir=data_dir)
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            sys.stderr.write(f"{service.name}: {_variable(service, problem['loc'])}: {problem['msg']}\n")
        _refuse("mend the settings named above and start again.", service)
    if settings.environment in _REFUSED_IN:
        _refuse(f"a simulator never runs in {settings.environment}; use the real provider there.", service)
    return settings


def _variable(service: Service, location: tuple[int | str, ...]) -> str:
    name = str(location[0])
    prefix = service.settings.model_config.get("env_prefix", "")
    return f"{prefix}{name.upper()}" if name in service.settings.model_fields else name


def _refuse(sentence: str, service: Service) -> NoReturn:
    sys.stderr.write(f"{service.name}: {sentence}\n")
    raise SystemExit(_WRONG_USAGE)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """Leave with code 0: uvicorn has already shut down in order when it passes the signal on."""
    del number, frame
    raise SystemExit(0)
