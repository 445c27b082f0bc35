"""The command `mock-llamaparse`: `mock-llamaparse --host 127.0.0.1 --port 8001`."""

from __future__ import annotations

from mock_providers.llamaparse.app import create_app
from mock_providers.server import Service, serve
from mock_providers.settings import LlamaParseSettings


def run() -> None:
    """Serve the LlamaParse simulator until SIGTERM."""
    serve(Service("mock-llamaparse", 8001, LlamaParseSettings, create_app))


if __name__ == "__main__":
    run()
