"""The workflows: what they run is what the README and `pyproject.toml` promise."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = ROOT / ".github" / "workflows"


def workflow(name: str) -> dict[str, Any]:
    """Return a workflow as GitHub reads it."""
    read: dict[str, Any] = yaml.safe_load((WORKFLOWS / f"{name}.yml").read_text(encoding="utf-8"))
    return read


def commands(name: str) -> str:
    """Return every command of a workflow."""
    return "\n".join(step.get("run", "") for job in workflow(name)["jobs"].values() for step in job["steps"])


def test_every_supported_python_is_tested_on_linux_and_the_newest_on_macos() -> None:
    """The matrix is what `requires-python` says, with one run on macOS."""
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    bounds = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", required)
    assert bounds is not None
    supported = [f"3.{minor}" for minor in range(int(bounds[1]), int(bounds[2]))]
    matrix = workflow("tests")["jobs"]["tests"]["strategy"]["matrix"]

    assert supported == matrix["python"]
    assert [supported[-1]] == [run["python"] for run in matrix["include"] if run["system"].startswith("macos")]


def test_they_call_the_scripts_of_the_house() -> None:
    """A workflow runs what a contributor runs, and no commands of its own in their place."""
    assert "./scripts/run-local-tests.sh" in commands("tests")
    assert "./scripts/check-infrastructure.sh" in commands("tests")
    for script in ("setup-local-env", "validate-local-environment", "run-local-tests"):
        assert f"./scripts/{script}.sh --docker" in commands("compose")


def test_no_workflow_may_write_or_hold_a_secret() -> None:
    """Each has leave to read the code only, so that a pull request can do no harm by them."""
    for path in WORKFLOWS.iterdir():
        text = path.read_text()
        assert {"contents": "read"} == workflow(path.stem)["permissions"]
        assert "secrets." not in text
        assert "pull_request_target" not in text
        assert [] == re.findall(r"uses: \S+@(?![0-9a-f]{40} # v\d)\S+", text)
