"""A virtual environment a system, made once for each set of requirements and kept in a cache folder."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.catalogue import Entry

USUAL_FOLDER = Path.home() / ".cache" / "accessa" / "benchmarks"
_DONE = "installed"
_LAST_WORDS = 200
_LONGEST_SECONDS = 1800


class NotInstalledError(Exception):
    """A system cannot be installed here; the text says why in a few words."""


def python_of(entry: Entry, folder: Path) -> Path:
    """Return the interpreter of the system's environment, which is made when there is none.

    Systems with the same requirements share one. Raises `NotInstalledError`.
    """
    if not entry.fits:
        raise NotInstalledError(f"needs Python {entry.python}")
    home = folder / f"{entry.environment}-{_fingerprint(entry)}"
    python = home / "bin" / "python"
    if not (home / _DONE).exists():
        _run([sys.executable, "-m", "venv", "--clear", str(home)])
        _run([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(entry.requirements)])
        (home / _DONE).touch()
    return python


def _fingerprint(entry: Entry) -> str:
    return hashlib.sha256(entry.requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]


def _run(command: list[str]) -> None:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_LONGEST_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotInstalledError(f"took longer than {_LONGEST_SECONDS} s to install") from error
    if answer.returncode:
        words = [line for line in answer.stderr.splitlines() if line.startswith("ERROR")] or [answer.stderr]
        raise NotInstalledError(f"could not be installed: {words[-1].strip()[-_LAST_WORDS:]}")
