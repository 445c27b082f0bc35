"""env.local.example names every setting with its default, and nothing else."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic_settings import BaseSettings

from accessa.cli.env_example import SIMULATORS, example
from accessa.cli.main import main
from accessa.settings import GROUPS, variable_name
from mock_providers.settings import LlamaParseSettings, OpenAISettings

EXAMPLE = Path(__file__).resolve().parents[3] / "env.local.example"

_SETTING = re.compile(r"^#?([A-Z][A-Z0-9_]*)=(.*)$")


def settings_of(text: str) -> dict[str, str]:
    """Return the variables of an example, those that are commented out too."""
    found = (_SETTING.match(line) for line in text.splitlines())
    return {match[1]: match[2] for match in found if match}


def mock_variables() -> dict[str, str]:
    """Return every variable of the simulators with its default, as they are written in the example."""
    groups: tuple[type[BaseSettings], ...] = (LlamaParseSettings, OpenAISettings)
    return {
        str(field.validation_alias or f"{group.model_config.get('env_prefix', '')}{name}".upper()): plain(field.default)
        for group in groups
        for name, field in group.model_fields.items()
    }


def plain(default: object) -> str:
    """Return a default as it is written in an environment file."""
    if default is None:
        return ""
    return str(list(default) if isinstance(default, tuple) else default)


def test_the_example_is_what_the_settings_classes_say() -> None:
    """The part of our own settings is equal to what `accessa env-example env.local.example` writes."""
    ours = EXAMPLE.read_text().split(f"\n{SIMULATORS}")[0]

    assert example() == ours


def test_the_example_is_mended_by_a_command(tmp_path: Path) -> None:
    """`accessa env-example FILE` writes the settings anew and keeps what stands about the simulators."""
    (tmp_path / "example").write_text(EXAMPLE.read_text().replace("LOG_LEVEL=INFO", "OLD_SETTING=1"))

    assert 0 == main(["env-example", str(tmp_path / "example")])
    assert EXAMPLE.read_text() == (tmp_path / "example").read_text()


def test_the_example_names_every_variable_of_the_simulators() -> None:
    """The MOCK_ variables and their defaults are those of the simulators; what is shared with us stands above."""
    theirs = settings_of(EXAMPLE.read_text().split(SIMULATORS)[1])
    shared = {"ENVIRONMENT"}

    assert {name: value for name, value in mock_variables().items() if name not in shared} == theirs
    assert {} == {name: value for name, value in dotenv_values(EXAMPLE).items() if name.startswith("MOCK_")}


def test_every_setting_has_a_sentence() -> None:
    """The line above each setting says what it is for."""
    lines = EXAMPLE.read_text().splitlines()
    silent = [line for above, line in itertools.pairwise(lines) if _SETTING.match(line) and above[:2] != "# "]

    assert [] == silent


def test_a_copy_of_the_example_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Used as .env.local as it is, the example leaves every setting at its default."""
    for group in GROUPS.values():
        for name in group.model_fields:
            monkeypatch.delenv(variable_name(group, name), raising=False)
    (tmp_path / ".env.local").write_text(EXAMPLE.read_text())
    monkeypatch.chdir(tmp_path)

    with_file = {name: group() for name, group in GROUPS.items()}
    monkeypatch.chdir("/")

    assert {name: group() for name, group in GROUPS.items()} == with_file


def test_the_example_holds_no_secret() -> None:
    """Every key, secret and address with a password is empty."""
    values = dotenv_values(EXAMPLE)

    assert {} == {name: value for name, value in values.items() if re.search("KEY|SECRET|DATABASE_URL", name) and value}
