"""What the doctor says about Python, packages and memory."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from accessa.stack.diagnosis.machine import look_at_memory, look_at_packages, look_at_python
from accessa.stack.worker_count import Machine


@pytest.mark.parametrize("found", [(3, 10), (3, 14), (2, 7)])
def test_a_python_that_is_too_old_or_too_new_is_told(found: tuple[int, int]) -> None:
    """Its version is named, and the script that makes an environment with a fit one."""
    finding = look_at_python(found)

    assert not finding.ok
    assert f"Python is {found[0]}.{found[1]}, and Accessa runs on 3.11 to 3.13." == finding.sentence
    assert "PYTHON=python3.13 ./scripts/setup-local-env.sh" in finding.mend


@pytest.mark.parametrize("found", [(3, 11), (3, 12), (3, 13)])
def test_a_fit_python_is_well(found: tuple[int, int]) -> None:
    """Each of the versions that the tests run on is taken."""
    assert look_at_python(found).ok


def test_a_package_of_another_version_is_told(tmp_path: Path) -> None:
    """What is installed and what is locked are both named, with the command that installs what is locked."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("psutil==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0\nasyncpg==0.0.1\n")
    finding = look_at_packages(lock)

    assert not finding.ok
    assert f"psutil is {version('psutil')} in place of 0.0.1, asyncpg is {version('asyncpg')}" in finding.sentence
    assert "no-such-package" not in finding.sentence
    assert finding.mend.endswith(f"-m pip install --require-hashes -r {lock}")


def test_of_two_locked_versions_either_will_do(tmp_path: Path) -> None:
    """A package that is locked once for each Python may be the one or the other; no lock is no fault."""
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"psutil==0.0.1 ; python_version < '3'\npsutil=={version('psutil')} ; python_version >= '3'\n")

    assert look_at_packages(lock).ok
    assert look_at_packages(tmp_path / "none").ok


def test_little_memory_is_told_with_who_has_most() -> None:
    """The figures and the largest program are named."""
    finding = look_at_memory(Machine(cores=2, free_bytes=300_000_000))

    assert not finding.ok
    assert "0.3 GB of memory are free, and the stack needs 1.0 GB." == finding.sentence
    assert "(pid " in finding.mend
    assert look_at_memory(Machine(cores=2, free_bytes=3_000_000_000)).ok
