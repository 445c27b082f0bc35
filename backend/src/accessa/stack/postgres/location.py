"""Where the data of a cluster lies: beside its password, or in a shelter that the home remembers."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from pathlib import Path

from accessa.stack.atomic_files import write_atomically
from accessa.stack.command import Identity
from accessa.stack.postgres.identity import can_enter
from accessa.stack.postgres.shelter import BASES, reachable_base

RECORD = "location.json"
_HOME = "home"


def data_folder(directory: Path, identity: Identity | None, bases: tuple[Path, ...] | None = None) -> Path:
    """Return the data folder of the cluster of `directory`, for Postgres run as `identity`.

    It is `directory`/data whenever that can be reached. Otherwise a folder elsewhere is chosen once and remembered.
    """
    recorded = recorded_folder(directory)
    if recorded:
        return recorded
    if identity is None or can_enter(directory, identity):
        return directory / "data"
    return _new_shelter(directory, reachable_base(identity, bases))


def recorded_folder(directory: Path) -> Path | None:
    """Return the folder outside `directory` that keeps its data, if one was chosen."""
    try:
        return Path(str(json.loads((directory / RECORD).read_text())["data"]))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _new_shelter(directory: Path, base: Path) -> Path:
    name = hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:16]
    clusters = base / "clusters"
    clusters.mkdir(mode=0o755, exist_ok=True)
    _forget_orphans(clusters, name)
    shelter = clusters / f"{name}-{secrets.token_hex(4)}"
    shelter.mkdir(mode=0o755)
    (shelter / _HOME).write_text(str(directory.resolve()))
    write_atomically(directory / RECORD, json.dumps({"data": str(shelter / "data")}))
    return shelter / "data"


def abandoned_shelters(bases: tuple[Path, ...] = BASES) -> list[Path]:
    """Return the shelters whose home is gone, or keeps its data elsewhere now; their data may still be wanted."""
    shelters = (shelter for base in bases for shelter in base.glob("clusters/*") if (shelter / _HOME).is_file())
    return [shelter for shelter in shelters if _home_record(shelter) != shelter / "data"]


def _home_record(shelter: Path) -> Path | None:
    try:
        return recorded_folder(Path((shelter / _HOME).read_text()))
    except PermissionError:  # a home that this user cannot look into may well be there
        return shelter / "data"
    except OSError:
        return None


def _forget_orphans(clusters: Path, name: str) -> None:
    """Remove what earlier, since deleted homes of this name left, except the newest: it may still be wanted."""
    orphans = sorted(clusters.glob(f"{name}-*"), key=lambda path: path.stat().st_mtime)
    for orphan in orphans[:-1]:
        shutil.rmtree(orphan, ignore_errors=True)
