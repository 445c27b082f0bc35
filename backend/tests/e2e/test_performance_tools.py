"""The tools for operators on a real stack: its readiness, its proof, its performance, and a look into its worker."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.tests.e2e.conftest import Stack

REPORT_SECONDS = 60


def test_status_says_whether_documents_are_processed(stack: Stack) -> None:
    """Beside the services stands the system: ready, with what that does not rest on, as no canary is sent here."""
    system = stack.service("system")
    told = stack.accessa("status")

    assert ("ready", True, "not checked") == (system["state"], system["healthy"], system["checks"]["canary"])
    assert "system ready: " in told.out


def test_validate_proves_the_way_of_a_document_and_leaves_none(stack: Stack) -> None:
    """Every line is well: what the stack has found out by itself, and a document that is found and deleted again."""
    proof = stack.accessa("validate", "--json")

    assert 0 == proof.code, proof.out
    assert {"workers", "audit", "canary", "round trip", "webhook", "search"} <= {row["name"] for row in proof.rows}
    assert "its passage is found, and the document is deleted again" == proof.rows[-1]["sentence"]


def test_the_report_rests_on_what_workers_tell(stack: Stack, fixtures: Path) -> None:
    """After a document has gone through, the report has its stages, as the worker's signs of life bring them."""
    stack.accessa("ingest", fixtures / "samples" / "home-insurance-policy.pdf")
    report = _until_stages(stack)

    stages = {stage["stage"] for stage in report["stages"]}
    assert {"submit_parse", "collect_parse", "embed_batches"} <= stages
    assert report["flow"]["completed"] >= 1
    assert "not enough data" in report["service_level"]["classes"][3]["sentence"]


def _until_stages(stack: Stack) -> dict[str, Any]:
    deadline = time.monotonic() + REPORT_SECONDS
    while True:
        [report] = stack.accessa("report", "performance", "--json").rows
        if any(stage["stage"] == "embed_batches" for stage in report["stages"]):
            return report
        assert time.monotonic() < deadline, report["stages"]


def test_a_running_worker_can_be_looked_into(stack: Stack, tmp_path: Path) -> None:
    """A flame graph of the stack's own worker is drawn, while the worker goes on."""
    drawing = tmp_path / "worker.svg"
    looked = stack.accessa("profile", "worker", "--seconds", "1", "-o", drawing)

    assert 0 == looked.code, looked.err
    assert "Looking into base-worker" in looked.err
    assert "<svg" in drawing.read_text(encoding="utf-8")
    assert stack.service("base-worker")["healthy"]


def test_a_worker_that_is_not_here_is_named(stack: Stack, tmp_path: Path) -> None:
    """An unknown worker is refused with the names of those that there are."""
    looked = stack.accessa("profile", "worker", "--worker", "nobody", "-o", tmp_path / "worker.svg")

    assert (2, True) == (looked.code, "there is: base-worker" in looked.err)
