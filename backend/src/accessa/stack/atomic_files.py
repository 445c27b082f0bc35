"""Files that are either the old one or the new one, whatever dies in between."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700


def write_atomically(path: Path, content: str, mode: int = PRIVATE) -> None:
    """Write `content` aside, make it durable, then give it its name; the file gets exactly `mode`."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        _write_durably(aside, content.encode(), mode)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def _write_durably(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def private_folder(path: Path) -> Path:
    """Create `path`, readable by its owner only, and return it."""
    path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    return path
