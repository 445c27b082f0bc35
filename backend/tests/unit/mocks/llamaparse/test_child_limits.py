"""A parsing child that grows or spins is ended by its own limits, and the parent learns why."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

import mock_providers
from mock_providers.llamaparse.failures import ParseFailureError, Reason
from mock_providers.llamaparse.parsing.child_process import ChildProcess
from mock_providers.llamaparse.parsing.pool import ParserPool
from mock_providers.llamaparse.parsing.task import ParseTask

ROOT = str(Path(mock_providers.__file__).parents[1])
LIMITS = "from mock_providers.llamaparse.parsing.limits import allow_cpu_seconds, limit_memory"


def task(path: Path) -> ParseTask:
    """Return a task with generous limits."""
    return ParseTask(str(path), None, None, 100, 10, 10, 1_000_000)


def exit_code(program: str) -> int:
    """Run a program in a process of its own and return its exit code."""
    return subprocess.run(
        [sys.executable, "-c", f"{LIMITS}\n{program}"], env={"PYTHONPATH": ROOT}, check=False, timeout=30
    ).returncode


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not enforce a limit of the address space")
def test_memory_is_bounded() -> None:
    """A process that takes more memory than allowed meets an error instead of the machine's end."""
    program = "limit_memory(256)\ntry: bytearray(400_000_000)\nexcept MemoryError: raise SystemExit(7)"

    assert 7 == exit_code(program)


def test_processor_time_is_bounded() -> None:
    """A process that spins is ended by the system."""
    assert 0 > exit_code("allow_cpu_seconds(0)\nwhile True: pass")


def test_a_killed_child_is_a_failure_and_not_a_hang(tmp_path: Path) -> None:
    """Whoever waits for a child that dies gets a failure at once."""
    (tmp_path / "a.txt").write_text("text")
    child = ChildProcess(512, 30)
    child.kill()

    with pytest.raises(ParseFailureError) as failed:
        list(child.ask(task(tmp_path / "a.txt")))

    child.close()
    assert Reason.DOCUMENT_TOO_LARGE == failed.value.reason


def test_closing_the_pool_ends_its_children(tmp_path: Path) -> None:
    """No child outlives its pool, and a closed pool starts none."""
    (tmp_path / "a.txt").write_text("text")
    pool = ParserPool(1, 512, 30)
    pool.parse(task(tmp_path / "a.txt"), lambda _: None)
    started = time.monotonic()

    pool.close()

    assert time.monotonic() - started < 5
    with pytest.raises(RuntimeError, match="closed"):
        pool.parse(task(tmp_path / "a.txt"), lambda _: None)
