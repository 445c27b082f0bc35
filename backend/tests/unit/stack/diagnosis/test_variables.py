"""What the doctor says about the settings of the shell and of .env.local."""

from __future__ import annotations

from pathlib import Path

import pytest

from accessa.settings import right_settings, settings_of
from accessa.stack.diagnosis.finding import Finding
from accessa.stack.diagnosis.variables import look_at_settings


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without .env.local."""
    monkeypatch.chdir(tmp_path)


def found() -> Finding:
    """Look at the settings as they are now."""
    return look_at_settings(settings_of({}), None)


def test_a_misspelt_name_is_told_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that looks like a setting and is none has no effect, and whoever has set it is told."""
    monkeypatch.setenv("WORKER_LEASE_SECOND", "90")
    finding = found()

    assert (False, "WORKER_LEASE_SECOND is no setting; WORKER_LEASE_SECONDS is.") == (finding.ok, finding.sentence)
    assert "Run: unset WORKER_LEASE_SECOND, and set WORKER_LEASE_SECONDS" == finding.mend


def test_variables_of_other_programs_are_let_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that others are known to use, or that are not much like ours, are no fault of the shell."""
    for name in ("SUPABASE_SERVICE_KEY", "SUPABASE_ANON_KEY", "OPENAI_ORG_ID", "OPENAI_API_BASE", "API_TOKEN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("DATABASE_NAME", "x")
    monkeypatch.setenv("MOCK_LLAMAPARSE_DELAY", "1")

    assert (True, "The settings of this shell are right, and none is misspelt.") == (found().ok, found().sentence)


def test_the_file_is_ours_so_every_name_in_it_has_to_be(tmp_path: Path) -> None:
    """In .env.local also a name that is like none of ours is told, and where it stands."""
    (tmp_path / ".env.local").write_text("SEARCH_COLOUR=blue\nAPI_PROT=8000\n")
    finding = found()

    assert not finding.ok
    assert "API_PROT is no setting; API_PORT is" in finding.sentence
    assert "SEARCH_COLOUR is no setting" in finding.sentence
    assert "Take API_PROT out of .env.local, and set API_PORT" in finding.mend


def test_every_wrong_value_is_told_and_none_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is named with what it has to be; a value may be a secret, so it stays out."""
    monkeypatch.setenv("WORKER_LEASE_SECONDS", "0")
    monkeypatch.setenv("API_PORT", "hush-hush")
    finding = found()

    assert not finding.ok
    assert "WORKER_LEASE_SECONDS is wrong: Input should be greater than or equal to 1" in finding.sentence
    assert "API_PORT is wrong: Input should be a valid integer" in finding.sentence
    assert "hush-hush" not in f"{finding.sentence}{finding.mend}"
    assert "Run: unset API_PORT, or give it a value that fits" in finding.mend


def test_what_is_right_is_kept_beside_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other looks go by the settings that can be taken, and by the default of one that cannot."""
    monkeypatch.setenv("WORKER_LEASE_SECONDS", "soon")
    monkeypatch.setenv("WORKER_POLL_SECONDS", "7")
    settings = right_settings()

    assert (60, 7) == (settings.worker.lease_seconds, settings.worker.poll_seconds)
