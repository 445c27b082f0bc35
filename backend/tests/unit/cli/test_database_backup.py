"""Which files a backup may be written to and restored from; that comes before any question about the stack."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from accessa.store.backups.reading import BackupFacts

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli


def test_a_backup_takes_the_place_of_backups_only(cli: Cli, tmp_path: Path) -> None:
    """A file of another kind is never written over, and a folder that is not there is named."""
    notes, earlier = tmp_path / "notes.md", tmp_path / "earlier.sql.gz"
    notes.write_text("kept")
    facts = BackupFacts(format=1, revision="0007", accessa="0.1.0", postgres=18, made_at=datetime.now(UTC), documents=0)
    earlier.write_bytes(gzip.compress(facts.first_line()))
    missing = tmp_path / "missing" / "file.sql.gz"
    told = [(cli("db", "backup", str(file)), cli.err.split(":")[0]) for file in (notes, tmp_path, missing, earlier)]

    assert [(2, "USAGE_WRONG"), (2, "USAGE_WRONG"), (2, "PATH_MISSING"), (2, "STACK_NOT_RUNNING")] == told
    assert "kept" == notes.read_text()


def test_what_is_no_backup_is_not_restored(cli: Cli, tmp_path: Path) -> None:
    """A file of another kind, and one that is not there, are told as such."""
    (tmp_path / "notes.md").write_text("kept")
    files = (tmp_path / "notes.md", tmp_path / "missing.sql.gz", tmp_path)
    told = [(cli("db", "restore", str(file), "--yes"), cli.err.split(":")[0]) for file in files]

    assert [(2, "BACKUP_UNUSABLE"), (2, "PATH_MISSING"), (2, "FILE_UNREADABLE")] == told


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_databases_of_other_environments_are_left_alone(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Outside ENVIRONMENT=local both are refused."""
    monkeypatch.setenv("ENVIRONMENT", "production")
    code = cli("db", command, str(tmp_path / "file.sql.gz"))

    assert (2, True) == (code, "refused in ENVIRONMENT=production" in cli.err)
