"""Batches of the OpenAI simulator outlive its death, as a process that is killed without warning."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

DEADLINE = 20.0
SMALL = "text-embedding-3-small"
TEXTS = [f"clause {number}" for number in range(40)]
ENDPOINT = "/v1/embeddings"

Start = Callable[[], tuple[subprocess.Popen[str], httpx.Client]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start simulators on free ports, with the same folder each time."""
    with ExitStack() as stack:

        def run() -> tuple[subprocess.Popen[str], httpx.Client]:
            process = subprocess.Popen(
                [sys.executable, "-m", "mock_providers.openai.main", "--port", "0", "--data-dir", str(tmp_path)],
                env={"MOCK_OPENAI_BATCH_DELAY": "4", "PYTHONPATH": ":".join(filter(None, sys.path))},
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            address = f"http://127.0.0.1:{_port(process)}"
            key = {"Authorization": "Bearer sk-test"}
            return process, stack.enter_context(httpx.Client(base_url=address, headers=key, timeout=DEADLINE))

        yield run


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r'"event": "The simulator listens".*"port": (\d+)', line):
            return int(found[1])
    raise AssertionError("the simulator did not start")


def create_batch(model: httpx.Client) -> str:
    """Create a batch with one line per text, and return its id."""
    lines = [
        {"custom_id": str(place), "method": "POST", "url": ENDPOINT, "body": {"model": SMALL, "input": text}}
        for place, text in enumerate(TEXTS)
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    stored = model.post("/v1/files", data={"purpose": "batch"}, files={"file": ("a.jsonl", content)})
    body = {"input_file_id": stored.json()["id"], "endpoint": ENDPOINT, "completion_window": "24h"}
    return str(model.post("/v1/batches", json=body).raise_for_status().json()["id"])


def wait_for(model: httpx.Client, batch_id: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the batch as soon as `holds` says yes to it."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        batch: dict[str, Any] = model.get(f"/v1/batches/{batch_id}").json()
        if holds(batch):
            return batch
    raise AssertionError(f"the batch is still {batch['status']}: {batch['request_counts']}")


def test_a_batch_outlives_its_simulator(start: Start) -> None:
    """A batch that was half done is finished by the next process: every line once, and billed once."""
    process, first = start()
    batch_id = create_batch(first)
    wait_for(first, batch_id, lambda batch: 0 < batch["request_counts"]["completed"] < len(TEXTS))
    process.kill()
    process.wait(DEADLINE)

    _, second = start()
    second.patch("/_control", json={"batch_delay": 0}).raise_for_status()
    ended = wait_for(second, batch_id, lambda batch: batch["status"] == "completed")

    output = second.get(f"/v1/files/{ended['output_file_id']}/content").text.splitlines()
    bill = second.get("/_control/bill").json()["summary"]
    assert {str(place) for place in range(40)} == {json.loads(line)["custom_id"] for line in output}
    assert (40, 40, 0) == (len(output), bill["units"], bill["duplicate_units"])
