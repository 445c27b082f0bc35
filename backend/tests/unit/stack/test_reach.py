"""What the unprivileged Postgres user can reach, and where it is sheltered otherwise."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from accessa.domain.errors import UsageError
from accessa.stack.command import Identity
from accessa.stack.postgres.abandoned import remove_abandoned, run
from accessa.stack.postgres.identity import can_enter
from accessa.stack.postgres.location import abandoned_shelters, data_folder, recorded_folder
from accessa.stack.postgres.shelter import bring_into_reach, reachable_base

STRANGER = Identity(64_321, 64_321)
OWNER = Identity(os.geteuid(), os.getegid())


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="accessa-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def closed(folder: Path) -> Path:
    """A folder that only its owner may enter."""
    path = folder / "closed"
    path.mkdir(mode=0o700)
    return path


def test_one_closed_folder_closes_the_way(folder: Path, closed: Path) -> None:
    """Every folder on the way must let a user through; what does not exist yet closes nothing."""
    (closed / "inner").mkdir()

    assert can_enter(folder / "not-there-yet", STRANGER)
    assert not can_enter(closed / "inner", STRANGER)
    assert can_enter(closed / "inner", OWNER)


@pytest.mark.parametrize(("mode", "reached"), [(0o711, True), (0o750, False), (0o744, False)])
def test_searching_is_what_counts(closed: Path, mode: int, reached: object) -> None:
    """A folder may be unreadable, but it must be searchable."""
    closed.chmod(mode)

    assert reached is can_enter(closed, STRANGER)


def test_a_reachable_home_keeps_its_data(folder: Path) -> None:
    """Without another user, or when that user can come in, the data lies beside its password."""
    assert folder / "data" == data_folder(folder, None)
    assert folder / "data" == data_folder(folder, STRANGER)
    assert recorded_folder(folder) is None


def test_the_shelter_of_a_closed_home_is_remembered(folder: Path, closed: Path) -> None:
    """The same shelter is used every time, and the home stays as closed as it was."""
    first = data_folder(closed, STRANGER, (folder / "base",))
    second = data_folder(closed, STRANGER, (folder / "base",))

    assert first == second
    assert first.is_relative_to(folder / "base" / "clusters")
    assert 0o700 == stat.S_IMODE(closed.stat().st_mode)
    assert [] == abandoned_shelters((folder / "base",))


def test_the_shelter_of_a_removed_home_is_known_and_kept(folder: Path, closed: Path) -> None:
    """A home that was removed and made again starts afresh; the newest old data is kept, older data goes."""
    shelters = []
    for moment in range(3):
        shelters.append(data_folder(closed, STRANGER, (folder / "base",)).parent)
        os.utime(shelters[-1], (moment, moment))
        (closed / "location.json").unlink()

    assert [False, True, True] == [shelter.exists() for shelter in shelters]
    assert set(shelters[1:]) == set(abandoned_shelters((folder / "base",)))


def test_a_home_that_cannot_be_looked_into_is_not_taken_for_removed(
    folder: Path, closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ordinary user sees the shelters of root, but not whether their homes are there."""
    data_folder(closed, STRANGER, (folder / "base",))

    def refuse(_directory: Path) -> None:
        raise PermissionError

    monkeypatch.setattr("accessa.stack.postgres.location.recorded_folder", refuse)

    assert [] == abandoned_shelters((folder / "base",))


def test_only_what_is_abandoned_and_idle_is_removed(
    folder: Path, closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database of a home that is there stays, and so does one that a Postgres still works in."""
    bases = (folder / "base",)
    kept = data_folder(closed, STRANGER, bases).parent
    homes = [folder / "idle", folder / "busy"]
    for home in homes:
        home.mkdir(mode=0o700)
    idle, busy = (data_folder(home, STRANGER, bases).parent for home in homes)
    for home in homes:
        shutil.rmtree(home)
    monkeypatch.setattr(
        "accessa.stack.postgres.abandoned.working_in", lambda data, _name: ["postgres"] if data.parent == busy else []
    )

    assert [idle] == remove_abandoned(bases)
    assert [True, False, True] == [shelter.exists() for shelter in (kept, idle, busy)]


def test_what_cannot_be_removed_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A user who may not remove a database gets the reason in a sentence."""

    def refuse() -> None:
        raise PermissionError(13, "Permission denied", "/far/data")

    monkeypatch.setattr("accessa.stack.postgres.abandoned.remove_abandoned", refuse)

    assert 1 == run()
    assert "/far/data could not be removed: Permission denied.\n" == capsys.readouterr().err


def test_a_base_that_others_can_write_is_not_trusted(folder: Path) -> None:
    """A folder that somebody else could have prepared is passed over for the next."""
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    (folder / "link").symlink_to(folder)

    assert folder / "good" == reachable_base(STRANGER, (folder / "open", folder / "link", folder / "good"))


def test_no_base_at_all_is_told_with_what_to_do(closed: Path) -> None:
    """When no folder can be reached the error names the setting that helps."""
    with pytest.raises(UsageError, match="ACCESSA_HOME") as refused:
        reachable_base(STRANGER, (closed / "base",))

    assert "STACK_FAILED" == refused.value.code


def test_programs_within_reach_are_not_copied(folder: Path) -> None:
    """A tree that the user can read is used where it is."""
    (folder / "bin").mkdir()
    (folder / "bin" / "postgres").write_text("")
    (folder / "bin" / "postgres").chmod(0o755)

    assert folder == bring_into_reach(folder, STRANGER, (folder / "base",))
    assert not (folder / "base").exists()
