"""Processes known to be ours because they work in a folder of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import psutil

from accessa.stack.processes import is_alive, other_processes

_SCRIPT = Path(__file__).with_name("working_folders.py")


def working_in(folder: Path, name: str) -> list[psutil.Process]:
    """Return the living processes called `name` whose working folder is `folder`."""
    candidates = [process for process in other_processes() if _is_called(process, name)]
    folders = {process: _folder(process) for process in candidates}
    folders |= _ask_owners(process for process, found in folders.items() if found is None)
    target = os.path.realpath(folder)
    return [process for process, found in folders.items() if found and os.path.realpath(found) == target]


def _is_called(process: psutil.Process, name: str) -> bool:
    try:
        return bool(process.name() == name) and is_alive(process)
    except psutil.Error:
        return False


def _folder(process: psutil.Process) -> str | None:
    """Return the working folder; empty if the process is gone, None if this user may not know."""
    try:
        return str(process.cwd())
    except psutil.AccessDenied:
        return None
    except (psutil.Error, OSError):
        return ""


def _ask_owners(processes: Iterable[psutil.Process]) -> dict[psutil.Process, str]:
    """Look under each owner's name; only root can, and only root in a container needs to."""
    if os.geteuid() != 0:
        return {}
    by_owner: dict[tuple[int, int], dict[str, psutil.Process]] = defaultdict(dict)
    for process in processes:
        owner = _owner(process)
        if owner:
            by_owner[owner][str(process.pid)] = process
    return {process: folder for owner, theirs in by_owner.items() for process, folder in _look(owner, theirs)}


def _owner(process: psutil.Process) -> tuple[int, int] | None:
    try:
        return int(process.uids().real), int(process.gids().real)
    except psutil.Error:
        return None


def _look(owner: tuple[int, int], processes: dict[str, psutil.Process]) -> Iterable[tuple[psutil.Process, str]]:
    command = [sys.executable, "-I", "-S", str(_SCRIPT), *map(str, owner), *processes]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=30)
    for line in answer.stdout.splitlines():
        pid, _, folder = line.partition(" ")
        yield processes[pid], folder
