"""This machine itself: its Python, the packages in it, and its memory."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import psutil

import accessa
from accessa.stack.diagnosis.finding import Finding, bad, good
from accessa.stack.worker_count import Machine, this_machine

LEAST_MEMORY_BYTES = 1_000_000_000
_OLDEST, _NEWEST = (3, 11), (3, 13)
_SETUP = "./scripts/setup-local-env.sh"
_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_MOST_TOLD = 3


def look_at_python(found: tuple[int, ...] = sys.version_info[:2]) -> Finding:
    """Tell whether the code was made for this Python."""
    words = f"Python is {found[0]}.{found[1]}"
    if _OLDEST <= found <= _NEWEST:
        return good("python", f"{words}.")
    oldest, newest = (".".join(map(str, limit)) for limit in (_OLDEST, _NEWEST))
    mend = f"Run, with a Python of that kind: PYTHON=python{newest} {_SETUP}"
    return bad("python", f"{words}, and Accessa runs on {oldest} to {newest}.", mend)


def look_at_packages(lock: Path | None = None) -> Finding:
    """Tell whether what is installed is what is locked; only a checkout has a lock."""
    lock = lock or Path(accessa.__file__).resolve().parents[3] / "requirements.lock"
    if not lock.is_file():
        return good("packages", f"Accessa {version('accessa')} is installed from a package, so nothing is locked.")
    locked: dict[str, list[str]] = defaultdict(list)
    for name, wanted in _LOCKED.findall(lock.read_text()):
        locked[name].append(wanted)
    needed = _needed()
    others = [words for name, wanted in locked.items() if (words := _other(name, wanted, needed))]
    if not others:
        return good("packages", f"The packages are those of {lock.name}.")
    rest = f", and {len(others) - _MOST_TOLD} more" if len(others) > _MOST_TOLD else ""
    sentence = f"Installed is not what {lock} names: {', '.join(others[:_MOST_TOLD])}{rest}."
    # The script passes over an environment that bears the stamp of the lock, as it did nothing but be changed by hand.
    return bad("packages", sentence, f"Run: {sys.executable} -m pip install --require-hashes -r {lock}")


def _needed() -> set[str]:
    """Return the packages that the stack cannot do without."""
    lines = [line for line in requires("accessa") or () if "extra ==" not in line or "local" in line.partition(";")[2]]
    return {found.group().lower().replace("_", "-") for line in lines if (found := _NAME.match(line))}


def _other(name: str, wanted: list[str], needed: set[str]) -> str:
    try:
        installed = version(name)
    except PackageNotFoundError:
        return f"{name} is missing" if name in needed else ""
    return "" if installed in wanted else f"{name} is {installed} in place of {' or '.join(wanted)}"


def look_at_memory(machine: Machine | None = None) -> Finding:
    """Tell whether there is memory for the services, within the limits of a container."""
    free = (machine or this_machine()).free_bytes
    words = f"{free / 1e9:.1f} GB of memory are free"
    if free >= LEAST_MEMORY_BYTES:
        return good("memory", f"{words}.")
    sentence = f"{words}, and the stack needs {LEAST_MEMORY_BYTES / 1e9:.1f} GB."
    return bad("memory", sentence, f"End programs that you do not need; most has {_largest_program()}.")


def _largest_program() -> str:
    programs = [
        (process.info["memory_info"].rss, process.info["name"], process.pid)
        for process in psutil.process_iter(["name", "memory_info"])
        if process.info["memory_info"]
    ]
    taken, name, pid = max(programs, default=(0, "none", 0))
    return f"{name} (pid {pid}) with {taken / 1e9:.1f} GB"
