"""Names of files as text: always valid UTF-8, whatever bytes the file system holds."""

from __future__ import annotations

import os
from pathlib import Path


def as_text(path: Path | str) -> str:
    """Return the path as valid text; bytes that are no UTF-8 become the replacement character."""
    return os.fsencode(path).decode("utf-8", "replace")


def upload_name(path: Path) -> str:
    """Return the name under which the file is uploaded: its last part, without line breaks or other controls."""
    return "".join(character if character.isprintable() else "_" for character in as_text(path.name))
