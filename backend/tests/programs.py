"""Programs that some tests need or run beside themselves."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

_PATIENCE_SECONDS = 90


def require_program(*names: str, package: str) -> str:
    """Return where a program is, which may have several names.

    Without it the tests that need it fail in CI, and are left out with a sentence elsewhere.
    """
    # Debian keeps servers where only root looks for them.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    found = next(filter(None, (shutil.which(name, path=path) for name in names)), None)
    if found is None:
        missing = f"This test needs {names[0]} on the PATH; on Debian: apt-get install {package}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


def metrics_faults(exposition: bytes) -> str:
    """Return what the checker of Prometheus finds wrong with the metrics of a process; nothing when all is well."""
    program = require_program("promtool", package="prometheus")
    run = subprocess.run([program, "check", "metrics"], input=exposition, capture_output=True, check=False)
    return "" if run.returncode == 0 else (run.stdout + run.stderr).decode()


@asynccontextmanager
async def running(*command: str, folder: Path, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program while the block lasts; what it says can be read."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def said(process: asyncio.subprocess.Process, pattern: bytes) -> str:
    """Wait until a program says something, and return the first group of it."""
    assert process.stdout is not None
    async with asyncio.timeout(_PATIENCE_SECONDS):
        async for line in process.stdout:
            if found := re.search(pattern, line):
                return found[1].decode()
    raise AssertionError("the program ended before it said so")
