"""Removes the databases that homes which are gone have left outside: `python -m accessa.stack.postgres.abandoned`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from accessa.stack.folder_processes import working_in
from accessa.stack.postgres.location import abandoned_shelters
from accessa.stack.postgres.shelter import BASES


def remove_abandoned(bases: tuple[Path, ...] = BASES) -> list[Path]:
    """Remove every abandoned database that no Postgres works in any more; return where they lay."""
    idle = [shelter for shelter in abandoned_shelters(bases) if not working_in(shelter / "data", "postgres")]
    for shelter in idle:
        shutil.rmtree(shelter)
    return idle


def run() -> int:
    """Remove them, or say why that is not possible."""
    try:
        removed = remove_abandoned()
    except OSError as error:
        sys.stderr.write(f"{error.filename} could not be removed: {error.strerror}.\n")
        return 1
    sys.stdout.write(f"Removed {len(removed)} database(s).\n")
    return 0


if __name__ == "__main__":
    sys.exit(run())
