"""What the doctor says about Postgres, its data and the embedding model."""

from __future__ import annotations

from pathlib import Path

import pytest

from accessa.settings import Settings, settings_of
from accessa.stack.diagnosis.programs import look_at_data, look_at_model, look_at_postgres
from accessa.stack.places import Places
from accessa.stack.postgres.binaries import packaged_root


@pytest.fixture
def settings() -> Settings:
    """The settings of nobody in particular."""
    return settings_of({})


def data_of(home: Path, version: str) -> Places:
    """Make a data folder that says which Postgres has made it."""
    places = Places(home)
    (places.postgres / "data").mkdir(parents=True)
    (places.postgres / "data" / "PG_VERSION").write_text(f"{version}\n")
    return places


def test_data_of_another_postgres_is_told_and_left_alone(settings: Settings, tmp_path: Path) -> None:
    """Both versions are named, and what keeps the data comes before what moves it aside, under a name that is free."""
    places = data_of(tmp_path / "a home", "17")
    (places.postgres / "data-of-17").mkdir()
    finding = look_at_data(settings, places)

    assert not finding.ok
    assert (
        f"The database in {places.postgres}/data was made by Postgres 17, and the programs are 18." in finding.sentence
    )
    assert finding.mend.startswith("To keep it, start with a Postgres 17 (ACCESSA_POSTGRES_BINARIES=FOLDER accessa up)")
    assert f"mv '{places.postgres}/data' '{places.postgres}/data-of-17-2'" in finding.mend
    assert "17\n" == (places.postgres / "data" / "PG_VERSION").read_text()


def test_data_of_this_postgres_and_none_are_well(settings: Settings, tmp_path: Path) -> None:
    """A database that the programs open, and a home without one, are no fault."""
    assert look_at_data(settings, data_of(tmp_path / "one", "18")).ok
    assert look_at_data(settings, Places(tmp_path / "two")).ok


@pytest.mark.parametrize(("mode", "extra"), [("semantic", "local"), ("minilm", "minilm")])
def test_a_model_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch, mode: str, extra: str) -> None:
    """The package, the command that installs it, and the mode that needs none are named."""
    monkeypatch.setattr("accessa.stack.blueprint.find_spec", lambda _name: None)
    finding = look_at_model(settings_of({"ACCESSA_EMBEDDINGS": mode}))

    assert not finding.ok
    assert f"ACCESSA_EMBEDDINGS={mode} needs the package" in finding.sentence
    assert f"pip install 'accessa[{extra}]'; or set ACCESSA_EMBEDDINGS=lexical" in finding.mend


def test_an_unknown_model_is_told_with_those_that_are_known() -> None:
    """A mode that is none has no package to install."""
    finding = look_at_model(settings_of({"ACCESSA_EMBEDDINGS": "telepathy"}))

    assert not finding.ok
    assert "telepathy is unknown; use semantic, minilm, lexical or fixed" in finding.sentence
    assert finding.mend.startswith("Set ACCESSA_EMBEDDINGS=lexical")


def test_programs_of_postgres_that_are_missing_are_told(tmp_path: Path) -> None:
    """The folder that was named is told; the packaged programs are found by themselves."""
    finding = look_at_postgres(settings_of({"ACCESSA_POSTGRES_BINARIES": str(tmp_path)}))

    assert (False, f"The Postgres programs are not in {tmp_path}.") == (finding.ok, finding.sentence)
    assert str(packaged_root()) in look_at_postgres(settings_of({})).sentence
