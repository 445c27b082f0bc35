"""What `doctor` says about a machine on which the stack does not run."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from accessa.settings import load_settings
from accessa.stack import Finding, doctor
from accessa.stack.places import Places
from accessa.stack.processes import STACK_MARK


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of its own, a model that is always there, and a machine with room enough, whatever it has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "lexical")
    monkeypatch.setattr("accessa.stack.diagnosis.LEAST_FREE_BYTES", 0)
    monkeypatch.setattr("accessa.stack.diagnosis._LEAST_MEMORY_BYTES", 0)


def findings() -> dict[str, Finding]:
    """Examine this machine."""
    return {finding.name: finding for finding in doctor(load_settings())}


def test_a_fit_machine_is_told_so_and_nothing_is_changed(tmp_path: Path) -> None:
    """Everything is looked at, all is well where these tests run, and no file appears."""
    found = findings()

    assert {"python", "disk", "memory", "home", "postgres", "shelters", "embeddings", "ports", "leftovers"} == set(
        found
    )
    assert [] == [finding for finding in found.values() if not finding.ok]
    assert [] == list(tmp_path.iterdir())


def test_what_is_wrong_comes_with_what_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each finding that is not well has a sentence and a remedy."""
    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "telepathy")
    monkeypatch.setenv("ACCESSA_POSTGRES_BINARIES", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("ACCESSA_API_PORT", str(other.getsockname()[1]))
        found = findings()
    wrong = {name: finding for name, finding in found.items() if not finding.ok}

    assert {"embeddings", "postgres", "ports"} == set(wrong)
    assert all(finding.sentence and finding.mend for finding in wrong.values())
    assert "ACCESSA_API_PORT" in wrong["ports"].sentence


def test_leftovers_of_a_crashed_stack_are_found(tmp_path: Path) -> None:
    """A process that bears the mark of this stack is counted, with the command that ends it."""
    places = Places(tmp_path / "home")
    places.prepare()
    program = [sys.executable, "-I", "-S", "-c", "print(flush=True); import threading; threading.Event().wait()"]
    stray = subprocess.Popen(program, env={STACK_MARK: places.stack_id}, stdout=subprocess.PIPE)
    assert stray.stdout is not None
    with stray.stdout:
        stray.stdout.readline()
        found = findings()["leftovers"]
        stray.kill()
        stray.wait()

    assert (False, "A crashed stack left 1 process(es).", "Run: accessa down") == (found.ok, found.sentence, found.mend)
