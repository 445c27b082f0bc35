"""Where the stack keeps its state."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from accessa.domain.errors import UsageError
from accessa.settings import load_settings
from accessa.stack.atomic_files import write_atomically
from accessa.stack.places import Places, home


def test_the_home_is_the_one_that_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ACCESSA_HOME wins, and a relative one counts from the present folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", "somewhere/else")

    assert tmp_path / "somewhere" / "else" == home(load_settings())


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_home_that_can_be_no_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A file where ACCESSA_HOME should be, or on the way there, is a sentence that names the setting and the path."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path / name))

    with pytest.raises(UsageError) as refused:
        home(load_settings())

    words = f"ACCESSA_HOME is {tmp_path / name}, which cannot be used (Not a directory)"
    assert ("SETTINGS_INVALID", True) == (refused.value.code, words in refused.value.message)


def test_the_home_is_beside_the_checkout_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a checkout the same home is found from whatever folder the command is called."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ACCESSA_HOME", raising=False)
    found = home(load_settings())

    assert ".accessa" == found.name
    assert (found.parent / "pyproject.toml").is_file()


def test_the_mark_of_a_stack_is_that_of_its_folder(tmp_path: Path) -> None:
    """Two homes have two marks; two ways to write one home have one."""
    (tmp_path / "link").symlink_to(tmp_path / "home")

    assert Places(tmp_path / "home").stack_id == Places(tmp_path / "link").stack_id
    assert Places(tmp_path / "home").stack_id != Places(tmp_path / "other").stack_id


def test_only_the_home_itself_is_open(tmp_path: Path) -> None:
    """The Postgres user can walk through the home; logs and documents are private; git ignores it all."""
    places = Places(tmp_path / "home")
    places.prepare()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in places.root.iterdir() if path.is_dir()}

    assert 0o755 == stat.S_IMODE(places.root.stat().st_mode)
    assert dict.fromkeys(["logs", "storage", "llamaparse", "openai"], 0o700) == modes
    assert "*\n" == (places.root / ".gitignore").read_text()


def test_commands_at_the_same_moment_all_find_the_home_prepared(tmp_path: Path) -> None:
    """Nobody is told that the home cannot be written because another command is creating or trying it just now."""
    with ThreadPoolExecutor(8) as commands:
        for number in range(100):
            home = Places(tmp_path / f"home-{number}")
            for command in [commands.submit(home.prepare) for _ in range(8)]:
                command.result()

            assert [".gitignore", "llamaparse", "logs", "openai", "storage"] == sorted(
                path.name for path in home.root.iterdir()
            )


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    """A home that can hold no folders is told in words, with the setting that mends it."""
    (tmp_path / "home").touch()

    with pytest.raises(UsageError, match="set ACCESSA_HOME to one that can") as refused:
        Places(tmp_path / "home").prepare()
    assert "STACK_FAILED" == refused.value.code


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path) -> None:
    """A file is the old one or the new one; nothing is left beside it."""
    path = tmp_path / "stack.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    kept = path.read_text()
    write_atomically(path, "new", mode=0o644)

    assert ("old", "new") == (kept, path.read_text())
    assert 0o644 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(tmp_path.iterdir())
