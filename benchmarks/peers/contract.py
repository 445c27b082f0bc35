"""How a measured system and the harness take turns: ready, go, done, leave.

A runner is executed as `python run_NAME.py CONFIG.json` in an environment that holds that one system, so this module
uses the standard library alone. The runner imports and creates its schema, tells `{"phase": "ready"}`, waits for a line
on its input, works, writes the result file, tells `{"phase": "done"}` and leaves on the next line. What lies between
the two tellings is what the harness measures.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TextIO

Result = dict[str, Any]
Work = Callable[[], Awaitable[Result]]
Prepare = Callable[[dict[str, Any]], Awaitable[Work]]


def take_part(prepare: Prepare) -> None:
    """Run one system: `prepare` gets the configuration and returns the work that is measured.

    An error of the work is told in the result's `errors` and ends the process with exit code 1.
    """
    harness = _own_output()
    config: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.exit(asyncio.run(_turns(prepare, config, harness)))


async def _turns(prepare: Prepare, config: dict[str, Any], harness: TextIO) -> int:
    work = await prepare(config)
    await _tell(harness, "ready")
    try:
        result = await work()
    except Exception as error:  # noqa: BLE001 - whatever a measured system raises belongs into its row
        traceback.print_exc()
        result = {"errors": [f"{type(error).__name__}: {error}"]}
    _write(config["result"], {"errors": [], "note": "", **result})
    await _tell(harness, "done")
    return 1 if result.get("errors") else 0


def _write(path: str, result: Result) -> None:
    Path(path).write_text(json.dumps(result), encoding="utf-8")


async def _tell(harness: TextIO, phase: str) -> None:
    harness.write(json.dumps({"phase": phase}) + "\n")
    harness.flush()
    await asyncio.to_thread(sys.stdin.readline)


def _own_output() -> TextIO:
    """Return the real output, and send what the system prints to the error output, so that it disturbs no telling."""
    harness = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return harness
