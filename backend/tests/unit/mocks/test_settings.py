"""Settings come from the environment under the names that users know."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from mock_providers.llamaparse.main import run as run_llamaparse
from mock_providers.openai.main import run as run_openai
from mock_providers.settings import LlamaParseSettings, OpenAISettings


def test_defaults_of_llamaparse() -> None:
    """Without settings a job takes two seconds, nothing fails, and content is generated."""
    settings = LlamaParseSettings()

    assert (2.0, 0.0, "generated", None) == (settings.delay, settings.failure_rate, settings.mode, settings.data_dir)


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each setting is read from its variable, the data folder from the one that both share."""
    monkeypatch.setenv("MOCK_LLAMAPARSE_DELAY", "0.5")
    monkeypatch.setenv("MOCK_LLAMAPARSE_FAILURE_RATE", "0.25")
    monkeypatch.setenv("MOCK_OPENAI_MODE", "semantic")
    monkeypatch.setenv("MOCK_DATA_DIR", str(tmp_path))

    assert (0.5, 0.25) == (LlamaParseSettings().delay, LlamaParseSettings().failure_rate)
    assert ("semantic", tmp_path) == (OpenAISettings().mode, OpenAISettings().data_dir)


def test_a_failure_rate_above_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A share cannot be more than the whole."""
    monkeypatch.setenv("MOCK_OPENAI_FAILURE_RATE", "1.5")

    with pytest.raises(ValidationError):
        OpenAISettings()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [("MOCK_OPENAI_MODE", "magic", "MOCK_OPENAI_MODE"), ("ENVIRONMENT", "production", "never runs in production")],
)
def test_the_command_refuses_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, value: str, said: str
) -> None:
    """Wrong settings, and a place where no simulator belongs, end with code 2 and a sentence that names the cause."""
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr("sys.argv", ["mock-openai", "--port", "0"])

    with pytest.raises(SystemExit) as left:
        run_openai()

    assert 2 == left.value.code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("value", "said"), [("1,2", "a list in JSON, such as [1.0, 2.0]"), ("[-1]", "greater than")])
def test_a_wrong_list_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str, said: str
) -> None:
    """A list that is no JSON, or holds what cannot be, is told under the name of its variable."""
    monkeypatch.setenv("MOCK_LLAMAPARSE_WEBHOOK_RETRY_WAITS", value)
    monkeypatch.setattr("sys.argv", ["mock-llamaparse", "--port", "0"])

    with pytest.raises(SystemExit) as left:
        run_llamaparse()

    told = capsys.readouterr().err
    assert (2, True) == (left.value.code, told.startswith("mock-llamaparse: MOCK_LLAMAPARSE_WEBHOOK_RETRY_WAITS"))
    assert said in told


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_a_wrong_port_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    """A port that no machine has is wrong usage, and the sentence says which ones there are."""
    monkeypatch.setattr("sys.argv", ["mock-openai", f"--port={port}"])

    with pytest.raises(SystemExit) as left:
        run_openai()

    assert 2 == left.value.code
    assert f"{port} is no port; use a number from 0 to 65535" in capsys.readouterr().err


@pytest.fixture
def spared_process() -> Iterator[None]:
    """Take back what a program does to the process it runs in: where logs go, and what SIGTERM means."""
    handlers, level, meaning = list(logging.root.handlers), logging.root.level, signal.getsignal(signal.SIGTERM)
    yield
    logging.root.handlers, logging.root.level = handlers, level
    signal.signal(signal.SIGTERM, meaning)


@pytest.mark.usefixtures("spared_process")
def test_a_folder_that_cannot_be_made_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A folder of the state below a file ends the start with code 2 and a sentence that names the path."""
    (tmp_path / "file").touch()
    monkeypatch.setattr("sys.argv", ["mock-openai", "--port", "0", "--data-dir", str(tmp_path / "file")])

    with pytest.raises(SystemExit) as left:
        run_openai()

    assert 2 == left.value.code
    assert str(tmp_path / "file") in capsys.readouterr().err
