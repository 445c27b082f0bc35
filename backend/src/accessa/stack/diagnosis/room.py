"""The home on its disk: whether there is room, and whether it can be written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from accessa.stack.blueprint import LEAST_FREE_BYTES
from accessa.stack.diagnosis.finding import Finding, bad, good
from accessa.stack.places import Places
from accessa.stack.postgres.location import recorded_folder

_ELSEWHERE = "ACCESSA_HOME=~/accessa-home accessa up"
# Locks, and the order of what is written, are not surely kept there, and Postgres needs both.
_NETWORK_DISKS = ("nfs", "cifs", "smb", "afp", "webdav", "davfs", "sshfs", "fuse.sshfs", "fuse.rclone")
_WINDOWS_DISK = "drvfs"  # a disk of Windows in its Linux, which keeps no modes of files


@dataclass(frozen=True, slots=True)
class Mount:
    """A disk and where it is mounted."""

    point: str
    kind: str
    options: str

    @property
    def is_of_network(self) -> bool:
        """Whether another machine keeps its files, or another system with other rules."""
        return self.kind.lower().startswith(_NETWORK_DISKS) or _WINDOWS_DISK in f"{self.kind},{self.options}"


def look_at_disks(places: Places, least_bytes: int | None = None) -> Finding:
    """Tell of the disk of the home, and of those where its database or its documents lie if they lie elsewhere."""
    least = LEAST_FREE_BYTES if least_bytes is None else least_bytes
    database = recorded_folder(places.postgres) or places.postgres / "data"
    disks: dict[int, Finding] = {}
    for what, folder in (
        ("", existing(places.root)),
        (" with the database", existing(database)),
        (" with the documents", existing(places.service_folder("storage"))),
    ):
        disks.setdefault(folder.stat().st_dev, _disk(f"The disk of {folder}{what}", folder, least))
    if short := next((finding for finding in disks.values() if not finding.ok), None):
        return short
    return good("disk", " ".join(finding.sentence for finding in disks.values()))


def _disk(words: str, folder: Path, least: int) -> Finding:
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    if disk.f_files and not disk.f_favail:
        sentence = f"{words} takes no further file: all of its {disk.f_files} inodes are in use."
        return bad("disk", sentence, f"Remove files; where most are: du --inodes -xd1 {folder} | sort -n")
    if disk.f_blocks and free < least:
        sentence = f"{words} has {free // 1_000_000} MB left, and the stack needs {least // 1_000_000} MB."
        lacking = max(1, (least - free) // 1_000_000)
        return bad("disk", sentence, f"Free {lacking} MB there; what is large: du -xhd1 {folder} | sort -h")
    return good("disk", f"{words} has {free / 1e9:.1f} GB left.")


def look_at_home(places: Places, mounts: Sequence[Mount] | None = None) -> Finding:
    """Tell whether the home can be written, and lies on a disk on which a database is safe."""
    for folder in (places.root, places.logs, places.service_folder("storage")):
        if refusal := _refusal(existing(folder)):
            return bad("home", f"State is kept in {places.root}, but {refusal}", _mend(existing(folder)))
    mount = mount_of(existing(places.root), _mounts() if mounts is None else mounts)
    if mount and mount.is_of_network:
        sentence = f"State is kept in {places.root}, on the disk {mount.point} of kind {mount.kind}, on which a "
        return bad("home", f"{sentence}database is not safe.", f"Keep it on a disk of this machine: {_ELSEWHERE}")
    return good("home", f"State is kept in {places.root}.")


def _refusal(folder: Path) -> str:
    """Try it: what the modes say is not the whole truth for root, or on a disk that was mounted to be read only."""
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"the disk of {folder} is mounted read-only."
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return f"{folder}, which belongs to {_owner(folder)}, cannot be written ({error.strerror})."


def _mend(folder: Path) -> str:
    if folder.stat().st_uid != os.geteuid():
        return f"Run: sudo chown -R {os.geteuid()} {folder}, or keep it elsewhere: {_ELSEWHERE}"
    return f"Keep it elsewhere: {_ELSEWHERE}"


def _owner(folder: Path) -> str:
    try:
        return folder.owner()
    except KeyError:
        return f"user {folder.stat().st_uid}"


def _mounts() -> list[Mount]:
    return [Mount(part.mountpoint, part.fstype, part.opts) for part in psutil.disk_partitions(all=True)]


def mount_of(folder: Path, mounts: Iterable[Mount]) -> Mount | None:
    """Return the disk on which `folder` lies: the innermost one whose mount point is above it, the last one mounted."""
    above = {str(part) for part in (folder.resolve(), *folder.resolve().parents)}
    found: Mount | None = None
    for mount in mounts:
        if mount.point in above and (found is None or len(mount.point) >= len(found.point)):
            found = mount
    return found


def existing(path: Path) -> Path:
    """Return `path`, or the innermost folder on its way that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
