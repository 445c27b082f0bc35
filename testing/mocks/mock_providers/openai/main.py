"""The command `mock-openai`: `mock-openai --host 127.0.0.1 --port 8002`."""

from __future__ import annotations

from mock_providers.openai.app import create_app
from mock_providers.server import Service, serve
from mock_providers.settings import OpenAISettings


def run() -> None:
    """Serve the OpenAI simulator until SIGTERM."""
    serve(Service("mock-openai", 8002, OpenAISettings, create_app))


if __name__ == "__main__":
    run()
