"""A Postgres for the length of a `with` block: for tests and one-off work, without the supervisor."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.stack.command import bound_command
from accessa.stack.ports import any_free_port
from accessa.stack.postgres.access import answers_within
from accessa.stack.postgres.cluster import SERVER_ENVIRONMENT, Cluster, prepare_cluster
from accessa.stack.postgres.command import database_url, server_command
from accessa.stack.postgres.remains import clear_remains

_START_SECONDS = 30.0
_STOP_SECONDS = 15.0
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: the address of its `postgres` database, its port and process, and where its data lies."""

    url: str
    port: int
    pid: int
    data: Path
    version: str


@contextmanager
def running_postgres(
    directory: Path, binaries: Path | None = None, *, durable: bool = True, port: int | None = None
) -> Iterator[PostgresServer]:
    """Serve the cluster of `directory` (made if missing) on a free loopback port, and stop it when the block ends.

    A server that a crash left in the same `directory` is ended first. `durable` False skips every fsync, and data that
    had to be kept outside `directory` goes when the block ends: for tests. On Linux the server also ends when this
    process dies, so call from the main thread. Raises `UsageError` STACK_FAILED in plain words.
    """
    cluster = prepare_cluster(directory, binaries, durable=durable)
    log = directory / "postgres.log"
    process, used_port = _start(cluster, log, port, durable=durable)
    try:
        url = database_url(cluster, used_port, "postgres")
        yield PostgresServer(url, used_port, process.pid, cluster.data, cluster.binaries.version)
    finally:
        _stop(process)
        if not durable and cluster.data.parent != directory:
            shutil.rmtree(cluster.data.parent, ignore_errors=True)
            (directory / "location.json").unlink(missing_ok=True)


def _start(cluster: Cluster, log: Path, port: int | None, *, durable: bool) -> tuple[subprocess.Popen[bytes], int]:
    """Start on `port` or a free one; another program may take a free port first, so try a few."""
    clear_remains(cluster.data)
    for _ in range(1 if port else _ATTEMPTS):
        chosen = port or any_free_port()
        command = bound_command(server_command(cluster, chosen, durable=durable), cluster.identity, signal.SIGINT)
        with log.open("ab") as output:
            process = subprocess.Popen(
                command, cwd="/", env=SERVER_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        if _comes_up(process, database_url(cluster, chosen, "postgres")):
            return process, chosen
        _stop(process)
    raise UsageError("STACK_FAILED", f"Postgres did not start: {_last_words(log)}")


def _comes_up(process: subprocess.Popen[bytes], url: str) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if answers_within(url, 0.5):
            return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it said nothing; see the log beside its data."
