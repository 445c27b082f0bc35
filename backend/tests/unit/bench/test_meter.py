"""CPU seconds are those of a whole tree of processes."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from accessa.bench.meter import Meter, cpu_seconds, peak_memory_bytes, used

_BURN = "import time\nwhile time.process_time() < 0.3: pass"
_PARENT = (
    f"import subprocess, sys; subprocess.run([sys.executable, '-c', {_BURN!r}]); print('done', flush=True); input()"
)
# Other systems do not tell what ended children of a foreign process have used.
_LEAST_SECONDS = 0.29 if sys.platform == "linux" else 0.0


def test_a_child_that_has_ended_stays_counted() -> None:
    """What a process's child used counts after the child is gone, as with a database's connections."""
    with subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        root = psutil.Process(process.pid)

        assert cpu_seconds(root) >= _LEAST_SECONDS
        assert cpu_seconds(root) == pytest.approx(Meter({"it": [root]}).read()["it"], abs=0.05)
        assert peak_memory_bytes(root) > 1_000_000
        process.communicate(b"\n")


def test_what_is_gone_used_nothing() -> None:
    """A process that is gone adds nothing, and a group that is new counts from nought."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        root = psutil.Process(process.pid)
        process.wait()

    assert 0.0 == cpu_seconds(root)
    assert {"old": 0.5, "new": 2.0} == used({"old": 1.0}, {"old": 1.5, "new": 2.0})
