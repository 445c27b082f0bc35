"""Prints the working folders of processes, looked up under their user's name: `working_folders.py UID GID PID…`.

Root in a container may send signals to another user's process but not look into it; that user may. It is run by path as
`python -I -S working_folders.py …`, so it needs the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Print a line `PID FOLDER` for each process that still lives."""
    user, group, *pids = arguments
    os.setgroups([])
    os.setgid(int(group))
    os.setuid(int(user))
    for pid in pids:
        with contextlib.suppress(OSError):
            sys.stdout.write(f"{pid} {Path('/proc', pid, 'cwd').readlink()}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
