"""The command `accessa bench`, where it does not get as far as a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from backend.tests.unit.cli.conftest import Cli


def test_an_unknown_part_is_refused_with_those_that_exist(cli: Cli) -> None:
    """A part that does not exist is refused before anything starts, and the sentence names all parts."""
    assert 2 == cli("bench", "--only", "nonsense")
    assert "USAGE_WRONG: There is no part nonsense; there are main, latency, tiny" in cli.err


def test_a_gate_without_a_baseline_starts_nothing(cli: Cli, tmp_path: Path) -> None:
    """The gate is refused at once where there is nothing to hold the results to."""
    assert 2 == cli("bench", "--gate", "--baseline", str(tmp_path / "none.json"))
    assert "write one: --write-baseline" in cli.err


def test_a_benchmark_is_refused_outside_local(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ENVIRONMENT is not local nothing is measured."""
    monkeypatch.setenv("ENVIRONMENT", "staging")

    assert 2 == cli("bench", "--quick")
    assert "refused in ENVIRONMENT=staging" in cli.err
