"""Processes are ours only when that is certain."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from accessa.stack.command import Identity, bound_command, detached_command, plain_command
from accessa.stack.folder_processes import working_in
from accessa.stack.processes import AT_ONCE, SERVICE_MARK, STACK_MARK, birth_of, end, find, marked, wait_gone

PATIENT = [sys.executable, "-I", "-S", "-c", "import threading; print(flush=True); threading.Event().wait()"]
STUBBORN = [
    *PATIENT[:-1],
    "import signal, threading; signal.signal(15, signal.SIG_IGN); print(flush=True); threading.Event().wait()",
]


@pytest.fixture
def ours() -> str:
    """The mark of a stack of this test's own: another run on this machine must not find its processes."""
    return uuid4().hex


@contextmanager
def running(
    environment: dict[str, str] | None = None, command: list[str] = PATIENT, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program that waits, until the block ends."""
    process = subprocess.Popen(command, env=environment or {}, cwd=cwd, stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_a_mark_finds_every_process_of_a_stack_and_no_other(ours: str) -> None:
    """A stack's processes are found by its mark alone, and can be narrowed to one service."""
    with (
        running({STACK_MARK: ours, SERVICE_MARK: "api-server"}) as api,
        running({STACK_MARK: ours}) as other,
        running({STACK_MARK: "theirs"}),
        running(),
    ):
        found = {process.pid for process in marked(ours)}
        of_service = [process.pid for process in marked(ours, "api-server")]

    assert {api.pid, other.pid} == found
    assert [api.pid] == of_service


def test_a_recorded_id_counts_only_with_the_mark(ours: str) -> None:
    """The same id and time of birth are not enough for a process that plainly belongs to nobody or to another."""
    with running({STACK_MARK: ours}) as own, running({"LANG": "C"}) as stranger:
        found = find(own.pid, birth_of(own.pid), ours)
        strange = [find(stranger.pid, birth_of(stranger.pid), ours), find(own.pid, birth_of(own.pid), "theirs")]

    assert found is not None
    assert own.pid == found.pid
    assert [None, None] == strange
    assert find(own.pid, 0, ours) is None


def test_a_process_that_ended_but_was_not_collected_is_gone(ours: str) -> None:
    """A zombie does not count as living."""
    with running({STACK_MARK: ours}) as process:
        known = psutil.Process(process.pid)
        process.kill()
        left = wait_gone([known], 5)
        found = find(process.pid, birth_of(process.pid), ours)

    assert [] == left
    assert found is None


def test_a_process_that_ignores_its_signal_is_killed() -> None:
    """Each step of an end is tried in turn, and the count tells how many had to be ended."""
    with running(command=STUBBORN) as process:
        count = end([psutil.Process(process.pid)], ((signal.SIGTERM, 0.2), (signal.SIGKILL, 5)))
        code = process.wait(5)

    assert (1, -signal.SIGKILL) == (count, code)


def test_a_process_is_found_by_its_working_folder(tmp_path: Path) -> None:
    """Name and folder together decide."""
    (tmp_path / "other").mkdir()
    name = psutil.Process().name()
    with running(cwd=tmp_path) as here, running(cwd=tmp_path / "other"):
        called = psutil.Process(here.pid).name()
        found = [process.pid for process in working_in(tmp_path, called)]
        foreign_name = working_in(tmp_path, f"not-{name}")

    assert [here.pid] == found
    assert [] == foreign_name


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_bound_program_ends_with_its_parent() -> None:
    """The launcher's program gets its signal when the process that started it is killed."""
    script = (
        "import subprocess, sys; from accessa.stack.command import bound_command;"
        f"child = subprocess.Popen(bound_command({PATIENT!r}), stdout=subprocess.PIPE); child.stdout.readline();"
        "print(child.pid, flush=True); child.wait()"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    left = wait_gone([child], 5)
    end(left, AT_ONCE)

    assert [] == left


def test_a_program_whose_parent_is_already_gone_does_not_start() -> None:
    """The parent may die before the launcher is ready to hear of it."""
    command = list(bound_command(["/bin/sh", "-c", "exit 0"]))
    command[command.index("--parent") + 1] = "1"
    code = subprocess.run(command, check=False).returncode

    assert (127 if sys.platform == "linux" else 0) == code


def test_a_program_that_is_not_there_is_told() -> None:
    """The launcher says what cannot be run and why, and ends with 127."""
    answer = subprocess.run(plain_command(["/no/such/program"]), capture_output=True, text=True, check=False)

    assert (127, "cannot run /no/such/program: No such file or directory\n") == (answer.returncode, answer.stderr)


def test_a_detached_program_lives_on_in_a_session_of_its_own(tmp_path: Path) -> None:
    """The launcher returns at once with the id of a process that writes to its log."""
    answer = subprocess.run(detached_command(PATIENT, tmp_path / "log"), capture_output=True, check=True, timeout=10)
    process = psutil.Process(int(answer.stdout))
    deadline = time.monotonic() + 5
    while not (tmp_path / "log").read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    session = os.getsid(process.pid)
    written = (tmp_path / "log").read_text()
    end([process], AT_ONCE)

    assert "\n" == written
    assert os.getsid(0) != session


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_gives_up_every_right() -> None:
    """A program started for another user has that user, that group, and no other group."""
    answer = subprocess.run(
        plain_command(["/usr/bin/id"], Identity(65534, 65534)), capture_output=True, text=True, check=True
    )

    assert "uid=65534" in answer.stdout
    assert "root" not in answer.stdout
