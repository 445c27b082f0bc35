"""Settings come from the environment under the names that users know."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

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
