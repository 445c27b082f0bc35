"""A real PgBouncer before the tests' Postgres, one for each way of lending connections."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from backend.tests.programs import require_program

from accessa.stack.ports import any_free_port

_PATIENCE_SECONDS = 10.0


def require_pgbouncer() -> str:
    """Return where the program is; without it these tests fail in CI, and are left out elsewhere."""
    return require_program("pgbouncer", package="pgbouncer")


@contextmanager
def pgbouncer(folder: Path, url: str, mode: str, *, size: int, settings: str = "") -> Iterator[str]:
    """Serve the databases of the server at `url` on a free port and yield the address of the same database there."""
    parts = urlsplit(url)
    folder.mkdir(parents=True, exist_ok=True)
    port = any_free_port()
    (folder / "users.txt").write_text(f'"{parts.username}" "{parts.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={parts.hostname} port={parts.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
        f"listen_port = {port}\nunix_socket_dir =\nauth_type = plain\nauth_file = {folder / 'users.txt'}\n"
        f"pool_mode = {mode}\ndefault_pool_size = {size}\nmax_client_conn = 200\n"
        f"logfile = {folder / 'log'}\n{settings}\n"
    )
    folder.chmod(0o777)
    as_somebody = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [require_pgbouncer(), "-q", *as_somebody, str(folder / "pgbouncer.ini")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(port, process, folder)
        yield urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}"))
    finally:
        process.kill()
        process.wait()


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    log = folder / "log"
    pytest.fail(f"pgbouncer did not start: {log.read_text() if log.exists() else 'it said nothing'}")
