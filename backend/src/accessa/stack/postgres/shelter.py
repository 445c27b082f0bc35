"""Folders that the unprivileged Postgres user can reach when the home or the programs lie where only root may go."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

from accessa.domain.errors import UsageError
from accessa.stack.command import Identity
from accessa.stack.postgres.identity import can_enter

# The first two survive a restart of the machine; the last is better than not starting at all.
BASES = (Path("/var/lib/accessa"), Path("/var/tmp/accessa-0"), Path(tempfile.gettempdir()) / "accessa-0")  # noqa: S108
# For throw-away clusters of tests.
PASSING_BASES = BASES[2:]
_READABLE = 0o755


def reachable_base(identity: Identity, bases: tuple[Path, ...] | None = None) -> Path:
    """Return the first folder of `bases` that root owns, nobody else can write, and `identity` can enter."""
    for base in bases or BASES:
        if _prepare(base) and can_enter(base, identity):
            return base
    raise UsageError(
        "STACK_FAILED",
        "Postgres cannot run as root, and no folder was found that another user can reach; "
        "set ACCESSA_HOME to a folder that everybody may enter, or start as an ordinary user.",
    )


def _prepare(base: Path) -> bool:
    try:
        base.mkdir(mode=_READABLE, parents=True, exist_ok=True)
        status = base.lstat()
        trusted = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022
        if trusted:
            base.chmod(_READABLE)
    except OSError:
        return False
    return trusted


def bring_into_reach(root: Path, identity: Identity, bases: tuple[Path, ...] | None = None) -> Path:
    """Return `root` if `identity` can run the programs in it, else a complete copy of it in a reachable folder.

    The tree is relocatable: its libraries lie in the folder beside its package, which is copied with it.
    """
    if can_enter(root / "bin", identity) and _readable_tree(root):
        return root
    manifest = _manifest(root)
    copy = reachable_base(identity, bases) / "binaries" / _digest(manifest)
    tree = copy / root.parent.name / root.name
    copy.parent.mkdir(mode=_READABLE, exist_ok=True)
    with FileLock(copy.parent / "lock"):
        if not tree.is_dir() or _manifest(tree) != manifest:
            _copy_whole(root, copy)
    return tree


def _readable_tree(root: Path) -> bool:
    mode = (root / "bin" / "postgres").stat().st_mode
    return bool(mode & stat.S_IXOTH and mode & stat.S_IROTH)


def _copy_whole(root: Path, copy: Path) -> None:
    """Copy under another name first: the folder gets its own name only when everything is in it."""
    for left_over in copy.parent.glob("partial-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    shutil.rmtree(copy, ignore_errors=True)
    partial = copy.with_name(f"partial-{secrets.token_hex(4)}")
    for part in _parts(root):
        shutil.copytree(part, partial / part.relative_to(root.parent.parent), symlinks=True)
    _open_to_readers(partial)
    partial.rename(copy)


def _open_to_readers(folder: Path) -> None:
    """Let everybody read the copied public programs, whatever the mask of this process or the modes of the source."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink():
            continue
        runnable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(_READABLE if runnable else 0o644)


def _parts(root: Path) -> Iterator[Path]:
    yield root
    libraries = root.parent.parent / f"{root.parent.name}.libs"
    if libraries.is_dir():
        yield libraries


def _manifest(root: Path) -> list[tuple[str, int]]:
    """List every file of the tree and its libraries with its size in bytes."""
    top = root.parent.parent
    return sorted(
        (str(path.relative_to(top)), path.lstat().st_size)
        for part in _parts(root)
        for path in part.rglob("*")
        if not path.is_dir()
    )


def _digest(manifest: list[tuple[str, int]]) -> str:
    return hashlib.sha256(repr(manifest).encode()).hexdigest()[:16]
