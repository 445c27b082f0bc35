"""What a Postgres that was killed leaves behind: dying backends and a stale pid file."""

from __future__ import annotations

import signal
from pathlib import Path

from accessa.stack.folder_processes import working_in
from accessa.stack.processes import end, wait_gone

# Backends of a killed postmaster end by themselves, but a long statement notices late.
_OWN_END_SECONDS = 3.0
FAST_STOP = ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
_ORPHAN_STOP = ((signal.SIGQUIT, 3.0), (signal.SIGKILL, 5.0))


def clear_remains(data: Path) -> int:
    """End every Postgres process that works in `data` and remove its pid file; return how many had to be ended.

    A process counts only if its working folder is `data`, so a recycled process id is never taken for Postgres. The
    pid file goes because Postgres refuses to start while any process, however foreign, bears the old id.
    """
    leader = postmaster_pid(data)
    living = working_in(data, "postgres")
    masters = [process for process in living if process.pid == leader]
    ended = end(masters, FAST_STOP)
    orphans = wait_gone([process for process in living if process.pid != leader], _OWN_END_SECONDS)
    ended += end(orphans, _ORPHAN_STOP)
    (data / "postmaster.pid").unlink(missing_ok=True)
    return ended


def postmaster_pid(data: Path) -> int | None:
    """Return the process id in the pid file of `data`, if there is one."""
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
