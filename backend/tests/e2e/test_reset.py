"""`accessa reset`: a stack is emptied while its workers are at work, and goes on at once."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from .conftest import Stack

PATIENCE_SECONDS = 60
# Long enough to be held by a worker while the stack is emptied.
SLOW_SECONDS = 30.0


def control(stack: Stack, name: str) -> httpx.Client:
    """Return a client of the control desk of a simulator."""
    url = stack.environment()[name].removesuffix("/v1")
    return httpx.Client(base_url=url, trust_env=False)


def test_a_stack_is_emptied_under_its_workers_hands(own_stack: Stack, fixtures: Path) -> None:
    """Rows, objects, bills and faults are gone, no worker has died, and the same file is ingested anew at once."""
    stack = own_stack
    sample = fixtures / "samples" / "home-insurance-policy.pdf"
    assert 0 == stack.accessa("ingest", sample).code
    with control(stack, "OPENAI_URL") as openai:
        openai.patch("/_control", json={"delay": SLOW_SECONDS}).raise_for_status()
    held = _hold_a_job(stack)
    before = {row["name"]: row["pid"] for row in stack.accessa("status", "--json").rows if "pid" in row}
    emptied = {row["part"]: row for row in stack.accessa("reset", "--yes", "--json").rows}
    after = [row for row in stack.accessa("status", "--json").rows if "pid" in row]
    again = stack.accessa("ingest", sample, "--json")

    assert ["storage", "database", "mock-llamaparse", "mock-openai", "workers"] == list(emptied)
    assert (2, 2, True) == (emptied["database"]["documents"], emptied["database"]["jobs"], emptied["workers"]["idle"])
    assert 4 <= emptied["storage"]["objects"]
    assert before == {row["name"]: row["pid"] for row in after}
    assert {(True, 0)} == {(row["healthy"], row["restarts"]) for row in after}
    assert ["complete"] == [row["status"] for row in again.rows]
    assert [sample.name] == [row["filename"] for row in stack.accessa("documents", "list", "--json").rows]
    assert 2 == stack.accessa("inspect", held["document_id"]).code
    assert 0 == stack.accessa("audit", "--objects").code
    _nothing_is_left_but(stack, again.rows[0])


def _hold_a_job(stack: Stack) -> dict[str, Any]:
    """Upload a text and return its job once a worker buys vectors for it."""
    api = httpx.Client(base_url=stack.environment()["API_URL"], trust_env=False)
    api.headers["X-User-Id"] = "00000000-0000-4000-8000-000000000001"
    with api:
        slow = ("slow.md", b"# Slow\n\nA text that takes its time.\n")
        uploaded = api.post("/documents", files={"file": slow}).json()
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(event["code"] == "EMBED_INTENDED" for event in _events(api, uploaded["job_id"])):
            assert time.monotonic() < deadline
    return dict(uploaded)


def _events(api: httpx.Client, job_id: str) -> list[dict[str, Any]]:
    return list(api.get(f"/jobs/{job_id}/events").json()["events"])


def _nothing_is_left_but(stack: Stack, document: dict[str, Any]) -> None:
    """Look into bills and objects: only what was ingested after the reset is in them."""
    with control(stack, "LLAMAPARSE_URL") as llamaparse, control(stack, "OPENAI_URL") as openai:
        pages = llamaparse.get("/_control/bill").json()["rows"]
        delay = openai.get("/_control").json()["delay"]
        inputs = openai.get("/_control/bill").json()["rows"]
    inspected = stack.accessa("inspect", document["document_id"], "--json").rows[0]
    stored = [path for path in (stack.home / "storage" / "objects").rglob("*") if path.is_file()]

    assert (document["pages"], 0) == (len(pages), delay)
    assert document["chunks"] == len(inputs)
    assert {True} == {row["exists"] for row in inspected["objects"]}
    assert len(inspected["objects"]) == len(stored)
