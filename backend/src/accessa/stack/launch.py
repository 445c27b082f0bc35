"""The small program that turns into a service: drops rights, ties its life to its parent's, then becomes the command.

It is run by path as `python -I -S launch.py …`, in a process of its own, so it needs the standard library only and no
code has to run between fork and exec of a process with threads.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
NOT_STARTED = 127


def main(arguments: list[str]) -> None:
    """Become the command named after `--`; end with code 127 and one line on standard error if that fails."""
    cut = arguments.index("--")
    options, command = _parse(arguments[:cut]), arguments[cut + 1 :]
    try:
        if options.detach:
            _detach(options.detach)
        _drop_rights(options.user, options.group)
        if options.parent:
            _die_with(options.parent, options.signal)
        os.execv(command[0], command)  # noqa: S606 - there is no shell, on purpose
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
        sys.exit(NOT_STARTED)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="launch")
    parser.add_argument("--user", type=int, help="user id to switch to")
    parser.add_argument("--group", type=int, help="group id to switch to")
    parser.add_argument("--parent", type=int, help="process whose death ends this one, where the system can do that")
    parser.add_argument("--signal", type=int, default=15, help="the signal sent when the parent dies")
    parser.add_argument("--detach", help="leave the terminal, write to this file, and print the new process id")
    return parser.parse_args(arguments)


def _detach(log: str) -> None:
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    child = os.fork()
    if child:
        os.write(1, b"%d\n" % child)
        os._exit(0)
    os.setsid()
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)


def _drop_rights(user: int | None, group: int | None) -> None:
    if user is None or group is None:
        return
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def _die_with(parent: int, signal: int) -> None:
    """Ask Linux to signal this process when its parent dies; must follow a change of user, which would clear it."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main(sys.argv[1:])
