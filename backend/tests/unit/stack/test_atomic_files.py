"""Files that are either the old one or the new one."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from accessa.stack.atomic_files import atomic_file


def test_a_file_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """While it is written the old one is there, and then the new one, which only its owner reads."""
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    with atomic_file(path) as file:
        file.write(b"new")
        meanwhile = path.read_bytes()

    assert (b"old", b"new") == (meanwhile, path.read_bytes())
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    """Nothing is left of what was begun."""
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), atomic_file(path) as file:
        file.write(b"half" * (1 // 0))

    assert [("kept", b"old")] == [(file.name, file.read_bytes()) for file in tmp_path.iterdir()]
