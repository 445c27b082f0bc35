"""What the doctor says about the disks and the home."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from accessa.stack.diagnosis.room import Mount, look_at_disks, look_at_home, mount_of
from accessa.stack.places import Places

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - only looked at


def test_a_full_disk_is_told_with_how_much_to_free(tmp_path: Path) -> None:
    """What is left, what is needed and the difference are named; no finding changes the disk."""
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    finding = look_at_disks(Places(tmp_path / "home"), least_bytes=free + 10_000_000_000)

    assert not finding.ok
    assert f"The disk of {tmp_path} has " in finding.sentence
    assert "Free " in finding.mend
    assert f"du -xhd1 {tmp_path}" in finding.mend
    assert look_at_disks(Places(tmp_path / "home"), least_bytes=0).ok


@pytest.mark.skipif(
    not IN_MEMORY.is_dir() or IN_MEMORY.stat().st_dev == Path.cwd().stat().st_dev, reason="there is one disk only"
)
def test_documents_on_another_disk_are_looked_at_there(tmp_path: Path) -> None:
    """A storage folder that was moved away by a link has a sentence of its own."""
    places = Places(tmp_path / "home")
    places.root.mkdir()
    places.service_folder("storage").symlink_to(IN_MEMORY)
    sentence = look_at_disks(places, least_bytes=0).sentence

    assert f"The disk of {places.root} has " in sentence
    assert f"The disk of {places.service_folder('storage')} with the documents has " in sentence


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the place where nobody can write is Linux's")
def test_a_home_that_cannot_be_written_is_told() -> None:
    """It is tried, so that it is found for root as well, whom no mode of a file holds back."""
    finding = look_at_home(Places(Path("/proc/accessa")))

    assert not finding.ok
    assert "State is kept in /proc/accessa, but /proc, which belongs to root, cannot be written (" in finding.sentence
    assert "ACCESSA_HOME=" in finding.mend


def test_a_look_at_the_home_leaves_nothing(tmp_path: Path) -> None:
    """A home that can be written is well, and stays as it is."""
    assert look_at_home(Places(tmp_path), mounts=[]).ok
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("kind", "options", "safe"),
    [
        ("nfs4", "rw", False),
        ("cifs", "rw", False),
        ("fuse.sshfs", "rw", False),
        ("9p", "rw,aname=drvfs;path=C:", False),
        ("9p", "rw,trans=virtio", True),
        ("ext4", "rw", True),
        ("apfs", "rw", True),
    ],
)
def test_a_home_on_a_disk_of_the_network_is_told(tmp_path: Path, kind: str, options: str, safe: bool) -> None:  # noqa: FBT001
    """A database on a disk that another system keeps is not safe; the disk and its kind are named."""
    point = str(tmp_path.resolve())
    finding = look_at_home(Places(tmp_path / "home"), mounts=[Mount("/", "ext4", "rw"), Mount(point, kind, options)])

    assert safe == finding.ok
    assert safe or f"on the disk {point} of kind {kind}" in finding.sentence


def test_the_disk_of_a_folder_is_the_innermost(tmp_path: Path) -> None:
    """Of several that are mounted above a folder the nearest counts, and of two at one place the later."""
    point = str(tmp_path.resolve())
    mounts = [Mount(point, "ext4", ""), Mount("/", "xfs", ""), Mount(point, "nfs", ""), Mount(f"{point}/b", "x", "")]

    found = mount_of(tmp_path / "a" / "c", mounts)

    assert found
    assert "nfs" == found.kind
