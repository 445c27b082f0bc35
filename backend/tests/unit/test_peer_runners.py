"""The runners of other systems: the catalogues are complete, and each takes its turns as the harness expects."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
KINDS = ("peers", "queues")

RUNNER = """
import sys
sys.path.insert(0, {folder!r})
from contract import take_part

async def prepare(config):
    print("a system that talks")
    async def work():
        print("and talks")
        {work}
    return work

take_part(prepare)
"""


def systems(kind: str) -> list[dict[str, Any]]:
    """The entries of one catalogue."""
    entries: list[dict[str, Any]] = tomllib.loads((BENCHMARKS / kind / "catalogue.toml").read_text())["system"]
    return entries


@pytest.mark.parametrize("kind", KINDS)
def test_each_runner_is_in_the_catalogue_with_all_it_needs(kind: str) -> None:
    """Each script has an entry; versions are pinned, and what two entries call one environment is installed alike."""
    entries = systems(kind)
    requirements = {entry["environment"]: entry["requirements"] for entry in entries}

    assert {path.name for path in (BENCHMARKS / kind).glob("run_*.py")} == {entry["script"] for entry in entries}
    for entry in entries:
        assert requirements[entry["environment"]] == entry["requirements"]
        lines = (BENCHMARKS / kind / entry["requirements"]).read_text().splitlines()
        assert [] == [line for line in lines if "==" not in line]


@pytest.mark.parametrize("kind", KINDS)
def test_runners_know_nothing_of_the_product(kind: str) -> None:
    """A runner works in an environment without Accessa, which has to stay so."""
    modules = {name for path in (BENCHMARKS / kind).glob("*.py") for name in imported_modules(path)}

    assert set() == modules & {"accessa", "mock_providers", "benchmarks"}


def imported_modules(path: Path) -> set[str]:
    """The first names of all modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    ("work", "result", "exit_code"),
    [
        ("return {'chunks': 3, 'documents': 1}", {"chunks": 3, "documents": 1, "errors": [], "note": ""}, 0),
        ("raise ValueError('no vector')", {"errors": ["ValueError: no vector"], "note": ""}, 1),
    ],
)
def test_a_system_takes_its_turns_and_tells_its_failure(
    tmp_path: Path, work: str, result: dict[str, Any], exit_code: int
) -> None:
    """The output holds the two phases alone, whatever the system prints, and an error is no silent success."""
    script, config = tmp_path / "run_it.py", tmp_path / "config.json"
    script.write_text(RUNNER.format(folder=str(BENCHMARKS / "peers"), work=work))
    config.write_text(json.dumps({"result": str(tmp_path / "result.json")}))

    told = subprocess.run(
        [sys.executable, str(script), str(config)], input="\n\n", capture_output=True, text=True, check=False
    )

    assert ['{"phase": "ready"}', '{"phase": "done"}'] == told.stdout.splitlines()
    assert "a system that talks\nand talks\n" in told.stderr
    assert result == json.loads((tmp_path / "result.json").read_text())
    assert exit_code == told.returncode
