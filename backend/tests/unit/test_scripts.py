"""The shell scripts: which Python they take, and what they say when something is missing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
LIBRARY = ROOT / "scripts" / "lib-environment.sh"

FIT = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
SHIM_OF_NOTHING = "#!/bin/sh\necho 'command not found' >&2\nexit 127\n"
TOO_OLD = "#!/bin/sh\nexit 1\n"


def program(folder: Path, name: str, text: str) -> None:
    """Put a program into `folder`."""
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def run_with_library(folder: Path, code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run shell code after the library, with only the programs of `folder` and of the system's own folders."""
    script = f"set -euo pipefail; ROOT='{folder}'; . '{LIBRARY}'; {code}"
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)} | variables
    return subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment, timeout=60, check=False
    )


def test_a_shim_that_runs_nothing_is_passed_over(tmp_path: Path) -> None:
    """The first Python that really runs and is fit is taken, whatever its name."""
    program(tmp_path, "python3.13", SHIM_OF_NOTHING)
    program(tmp_path, "python3.12", FIT)

    assert "python3.12\n" == run_with_library(tmp_path, "find_python").stdout


def test_the_chosen_python_is_honoured(tmp_path: Path) -> None:
    """PYTHON names the Python to take; one that does not fit is refused with a sentence."""
    program(tmp_path, "mine", FIT)
    program(tmp_path, "old", TOO_OLD)

    assert "mine\n" == run_with_library(tmp_path, "find_python", PYTHON="mine").stdout
    refused = run_with_library(tmp_path, "find_python", PYTHON="old")
    assert (1, "") == (refused.returncode, refused.stdout)
    assert "PYTHON=old is no Python 3.11, 3.12 or 3.13 that runs." in refused.stderr


def test_bytecode_is_kept_whatever_the_shell_says(tmp_path: Path) -> None:
    """A shell that forbids bytecode does not make each of the many processes compile everything anew."""
    shown = run_with_library(tmp_path, "env", PYTHONDONTWRITEBYTECODE="1")

    assert 0 == shown.returncode
    assert "PYTHONDONTWRITEBYTECODE" not in shown.stdout


def test_no_fit_python_names_the_command_that_helps(tmp_path: Path) -> None:
    """Without any fit Python the script stops with a sentence and the command that mends it."""
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
        program(tmp_path, name, TOO_OLD)

    refused = run_with_library(tmp_path, 'python="$(find_python)"; echo never')

    assert (1, "") == (refused.returncode, refused.stdout)
    assert "Python 3.11, 3.12 or 3.13 is needed, and none was found." in refused.stderr
    assert "mend it with: " in refused.stderr


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    """With less than 2 GB free the script stops at once."""
    program(tmp_path, "df", "#!/bin/sh\necho header\necho 'disk 9 9 1000 99% /'\n")

    refused = run_with_library(tmp_path, "ensure_environment")

    assert (1, False) == (refused.returncode, (tmp_path / ".venv").exists())
    assert "Less than 2 GB of disk are free" in refused.stderr


def test_an_environment_in_step_with_the_lock_is_left_alone(tmp_path: Path) -> None:
    """When the stamp fits, nothing is installed; when the lock changes, the packages are."""
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text("")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    pip = '#!/bin/sh\ncase "$2" in pip) echo "$@" >>"$HOME/pip.log";; *) exec "%s" "$@";; esac\n'
    program(tmp_path / ".venv" / "bin", "python", pip % sys.executable)

    installs = []
    for lock in ("", "", "changed"):
        (tmp_path / "requirements.lock").write_text(lock)
        done = run_with_library(tmp_path, "ensure_environment")
        assert 0 == done.returncode, done.stderr
        installs.append((tmp_path / "pip.log").read_text().count("--require-hashes"))

    assert [1, 1, 2] == installs


@pytest.mark.parametrize(
    ("script", "argument", "code", "said"),
    [
        ("setup-local-env.sh", "--help", 0, "./scripts/setup-local-env.sh ~/policies notes.md"),
        ("run-local-tests.sh", "--slow", 2, "./scripts/run-local-tests.sh --fast"),
    ],
)
def test_the_scripts_say_how_they_are_used(script: str, argument: str, code: int, said: str) -> None:
    """--help, or an option that does not exist, shows the ways to call the script."""
    done = subprocess.run(
        [ROOT / "scripts" / script, argument], capture_output=True, text=True, timeout=30, check=False
    )

    assert (code, True) == (done.returncode, said in done.stdout)


def test_a_wrong_path_is_told_before_anything_is_installed(tmp_path: Path) -> None:
    """The setup looks at the paths it is given first: a missing one is a sentence with exit code 2."""
    (tmp_path / "scripts").mkdir()
    for name in ("setup-local-env.sh", "lib-environment.sh"):
        (tmp_path / "scripts" / name).write_text((ROOT / "scripts" / name).read_text())
    (tmp_path / "notes.md").touch()

    command = ["bash", str(tmp_path / "scripts" / "setup-local-env.sh"), "notes.md", "polices"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)

    sentence = f"PATH_MISSING: There is no file or folder at {tmp_path}/polices; check the spelling.\n"
    assert (2, "", sentence) == (done.returncode, done.stdout, done.stderr)
    assert {"scripts", "notes.md"} == {path.name for path in tmp_path.iterdir()}


def test_every_target_of_make_has_a_sentence() -> None:
    """Each target has the sentence by which `make` alone lists it."""
    makefile = (ROOT / "Makefile").read_text()
    targets = " ".join(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)).split()

    assert sorted(targets) == sorted(re.findall(r"^([a-z-]+):.*? ## \S", makefile, re.MULTILINE))
