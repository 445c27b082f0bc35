"""The health check of a container: `python -m accessa.apps.probe 8000/ready` asks the service of this container.

The exit code is 0 when it is well. A service that has given no answer at all for `--patience` seconds is ended, so that
it is started again, as a supervisor or Kubernetes would: an engine alone goes on looking at a process that hangs. An
answer that it is not ready, as while its database is away, ends nobody.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

# With the start of this program less than what Docker waits for, so that silence is noted by us.
_ANSWER_SECONDS = 4.0
_HEALTH_SECONDS = 2.0
_START_FACTOR = 6
_WELL = range(200, 300)
_SHOWN_BYTES = 500
_IN_OUR_IMAGE = "ACCESSA_COMMIT"
# Under any other one, as on a machine itself, the processes below are nobody's to end.
_FIRST_PROCESSES = {"docker-init", "tini"}
_SILENT_SINCE = Path("/tmp/accessa-silent-since")  # noqa: S108 - of a container whose only writable folder this is

_HAS_ANSWERED = Path("/tmp/accessa-has-answered")  # noqa: S108 - likewise, and gone with each start


def main(arguments: list[str]) -> int:
    """Ask once and return the exit code; what the service answers is printed for `docker inspect`."""
    options = _parse(arguments)
    try:
        status, words = _ask(options.address, as_service=options.as_service)
    except OSError as error:
        sys.stdout.write(f"no answer: {error}\n")
        if options.patience:
            _end_what_hangs(options.address, options.patience)
        return 1
    _note_answer()
    sys.stdout.write(f"{status} {words}\n")
    return 0 if status in _WELL else 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="probe")
    parser.add_argument("address", metavar="PORT/PATH", help="where the service of this container answers")
    parser.add_argument("--as-service", action="store_true", help="send the key SUPABASE_SERVICE_ROLE_KEY")
    parser.add_argument("--patience", type=float, default=0, help="end a service that is silent for so many seconds")
    return parser.parse_args(arguments)


def _ask(address: str, *, as_service: bool = False, seconds: float | None = None) -> tuple[int, str]:
    port, _, path = address.partition("/")
    key = os.environ.get("SUPABASE_SERVICE_ROLE_KEY", "")
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=seconds or _ANSWER_SECONDS)
    try:
        connection.request("GET", f"/{path}", headers={"Authorization": f"Bearer {key}"} if as_service else {})
        answer = connection.getresponse()
        return answer.status, answer.read(_SHOWN_BYTES).decode(errors="replace")
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def _note_answer() -> None:
    _SILENT_SINCE.unlink(missing_ok=True)
    _HAS_ANSWERED.touch()


def _end_what_hangs(address: str, patience: float) -> None:
    """Remember since when nothing was heard, and end the service when that is too long ago.

    An answer that waits for somebody else, as a storage that hangs, is no silence where /health is answered at once.
    One that has never answered yet may still be starting.
    """
    with contextlib.suppress(OSError):
        _ask(f"{address.partition('/')[0]}/health", seconds=_HEALTH_SECONDS)
        _note_answer()
        return
    with contextlib.suppress(OSError, ValueError):
        if not _SILENT_SINCE.exists():
            _SILENT_SINCE.write_text(str(time.monotonic()))
        limit = patience if _HAS_ANSWERED.exists() else patience * _START_FACTOR
        if time.monotonic() - float(_SILENT_SINCE.read_text()) >= limit:
            for process in _others():
                os.kill(process, signal.SIGKILL)
            _SILENT_SINCE.unlink(missing_ok=True)


def _others() -> Iterator[int]:
    """Yield the processes that the first one of a container, which only waits for them, has started; else none."""
    if _IN_OUR_IMAGE not in os.environ or Path("/proc/1/comm").read_text().strip() not in _FIRST_PROCESSES:
        return
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(status.read_text().rpartition(")")[2].split()[1])
            if parent == 1:
                yield int(status.parent.name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
