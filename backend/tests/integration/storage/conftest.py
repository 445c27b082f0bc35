"""A storage server on a free port, and the keys of its callers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest
import uvicorn
from starlette.applications import Starlette

from accessa.apps.storage.application import create_app
from accessa.domain.addresses import trust_for

SECRET = "a-secret-of-the-tests-with-32-bytes!"


def key_of(role: str, secret: str = SECRET) -> str:
    """Return the key of a caller with `role`."""
    return jwt.encode({"role": role}, secret, algorithm="HS256")


@dataclass(frozen=True, slots=True)
class StorageServer:
    """A server that runs in a thread of this process."""

    url: str
    root: Path
    app: Starlette
    service_key: str = key_of("service_role")
    anon_key: str = key_of("anon")
    foreign_key: str = key_of("service_role", "another-secret-of-at-least-32-bytes")

    def files(self) -> list[str]:
        """Return the names of all files with bytes, finished or not."""
        return sorted(path.name for folder in ("objects", "staging") for path in (self.root / folder).iterdir())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StorageServer]:
    """A running server, one for each module."""
    root = tmp_path_factory.mktemp("storage")
    app = create_app(root=root, jwt_secret=SECRET, max_object_bytes=30_000_000)
    # With its protocol named, as asyncio then sends small answers at once.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        host = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=host.run, kwargs={"sockets": [listener]})
        thread.start()
        yield StorageServer(f"http://127.0.0.1:{listener.getsockname()[1]}", root, app)
        host.should_exit = True
        thread.join(timeout=10)


@pytest.fixture(scope="module")
def caller(server: StorageServer) -> Iterator[httpx.Client]:
    """An HTTP client with the service's key, at the address that official clients use."""
    headers = {"authorization": f"Bearer {server.service_key}"}
    with httpx.Client(
        base_url=f"{server.url}/storage/v1/", headers=headers, timeout=10, verify=trust_for(server.url)
    ) as client:
        yield client


@pytest.fixture(scope="module")
def stranger(server: StorageServer) -> Iterator[httpx.Client]:
    """An HTTP client without any key, at the same address."""
    with httpx.Client(base_url=f"{server.url}/storage/v1/", timeout=10, verify=trust_for(server.url)) as client:
        yield client


@pytest.fixture
def bucket(caller: httpx.Client) -> str:
    """The name of a fresh private bucket."""
    name = f"b-{uuid4()}"
    caller.post("bucket", json={"id": name, "name": name, "public": False}).raise_for_status()
    return name
