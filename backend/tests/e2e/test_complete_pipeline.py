"""From files to answers, over real processes, with real PDF, DOCX, HTML, Markdown and text."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psutil
import pytest

if TYPE_CHECKING:
    from .conftest import Stack

WAY = [
    "uploaded",
    "parse_queued",
    "parsed",
    "parse_validated",
    "chunking",
    "chunks_stored",
    "embedding_queued",
    "embedding_in_progress",
    "embeddings_stored",
    "complete",
]
PATIENCE_SECONDS = 60


def wait_until(is_so: Callable[[], bool], patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Look again until something is so, for a bounded time."""
    deadline = time.monotonic() + patience_seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"


@pytest.fixture(scope="session")
def ingested(stack: Stack, fixtures: Path) -> list[dict[str, Any]]:
    """Ingest the sample documents and return what was said of each."""
    ran = stack.accessa("ingest", fixtures / "samples", "--json")
    assert ran.code == 0, ran.err
    return ran.rows


def test_every_sample_is_complete(ingested: list[dict[str, Any]]) -> None:
    """Each sample has pages, chunks, as many vectors, a cost and a duration, and no error."""
    assert {"complete"} == {row["status"] for row in ingested}
    assert {None} == {row["error"] for row in ingested}
    assert all(row["chunks"] == row["vectors"] > 0 for row in ingested)
    assert all(row["cost_usd"] > 0 and row["duration_seconds"] > 0 for row in ingested)
    keys = "path document_id job_id correlation_id status pages chunks vectors cost_usd duration_seconds error"
    assert [[*keys.split(), "pages_without_text"]] * len(ingested) == [list(row) for row in ingested]


def test_every_sample_walked_all_ten_statuses(stack: Stack, ingested: list[dict[str, Any]]) -> None:
    """The events of each document tell the ten statuses in their order."""
    address = stack.environment()["API_URL"]
    headers = {"X-User-Id": "00000000-0000-4000-8000-000000000001"}
    for row in ingested:
        events = httpx.get(f"{address}/jobs/{row['job_id']}/events", headers=headers).json()["events"]
        moves = [event["to_status"] for event in events if event["type"] in {"created", "transition"}]
        assert WAY == moves


def test_questions_find_their_passage(stack: Stack, fixtures: Path, ingested: list[dict[str, Any]]) -> None:
    """Each question of the samples is answered among the first three hits, with file, page and heading."""
    del ingested
    missed = []
    address, headers = stack.environment()["API_URL"], {"X-User-Id": "00000000-0000-4000-8000-000000000001"}
    for wanted in json.loads((fixtures / "samples" / "expected.json").read_text()):
        question = {"query": wanted["query"], "limit": 3}
        hits = httpx.post(f"{address}/search", json=question, headers=headers).json()["results"]
        if not any(_is_answer(hit, wanted) for hit in hits):
            missed.append(wanted["query"])

    assert [] == missed


def _is_answer(hit: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return (
        wanted["must_contain"] in " ".join(hit["text"].split())
        and wanted["filename"] == hit["filename"]
        and wanted["page"] in {None, hit["page"]}
        and (wanted["heading"] or "") in (hit["heading"] or "")
    )


def test_search_prints_one_hit_a_line(stack: Stack, ingested: list[dict[str, Any]]) -> None:
    """`accessa search --json` gives score, ids, file, page, heading and text, best first, and nothing else."""
    del ingested
    rows = stack.accessa("search", "water leaks from a hidden pipe", "--limit", "2", "--json").rows

    keys = ["score", "document_id", "chunk_id", "filename", "page", "heading", "text"]
    assert [keys, keys] == [list(row) for row in rows]
    assert rows[0]["score"] >= rows[1]["score"]


def test_the_same_files_again_cost_nothing(stack: Stack, fixtures: Path, ingested: list[dict[str, Any]]) -> None:
    """A second ingest answers with the same ids, makes no job and says that nothing was paid."""
    again = stack.accessa("ingest", fixtures / "samples", "--json").rows

    assert {row["path"]: row["job_id"] for row in ingested} == {row["path"]: row["job_id"] for row in again}
    assert {0.0} == {row["cost_usd"] for row in again}


def test_a_killed_worker_costs_nothing(stack: Stack, tmp_path: Path) -> None:
    """SIGKILL in the middle: the supervisor starts another worker, which finishes every document, each vector once."""
    folder = tmp_path / "many"
    folder.mkdir()
    generators = _load(Path(__file__).parents[3] / "testing/fixtures/generators.py")
    for number in range(3):
        generators.long_markdown(folder / f"{number}.md", lines=300 + number)
    before, user, addresses = stack.service("base-worker"), str(uuid4()), stack.environment()
    command = [str(Path(sys.executable).with_name("accessa")), "ingest", str(folder), "--user", user, "--json"]
    environment = {**os.environ, "ACCESSA_HOME": str(stack.home)}
    control = f"{addresses['OPENAI_URL'].removesuffix('/v1')}/_control"
    httpx.patch(control, json={"delay": 20})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as ingest:
        wait_until(lambda: "embedding_in_progress" in _statuses(addresses["API_URL"], user))
        stack.kill("base-worker")
        httpx.patch(control, json={"delay": 0})
        out, _ = ingest.communicate(timeout=PATIENCE_SECONDS)

    rows = [json.loads(line) for line in out.splitlines()]
    assert ([(None, "complete")] * 3, 0) == ([(row["error"], row["status"]) for row in rows], ingest.returncode)
    assert all(row["chunks"] == row["vectors"] for row in rows)
    assert before["restarts"] + 1 == stack.service("base-worker")["restarts"]


def _statuses(address: str, user: str) -> set[str]:
    jobs = httpx.get(f"{address}/jobs", headers={"X-User-Id": user}).json()["jobs"]
    return {job["status"] for job in jobs}


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_pdf_of_500_pages_simply_works(stack: Stack, tmp_path: Path) -> None:
    """Every page of a long PDF is read, and a fact from deep inside is found on its page; memory stays bounded."""
    generators = _load(Path(__file__).parents[3] / "testing/fixtures/generators.py")
    generators.large_pdf(tmp_path / "large.pdf", pages=500)
    user = str(uuid4())
    [row] = stack.accessa("ingest", tmp_path / "large.pdf", "--user", user, "--json").rows
    hits = stack.accessa("search", generators.page_fact(377), "--user", user, "--limit", "1", "--json").rows

    assert ("complete", 500, None) == (row["status"], row["pages"], row["error"])
    assert [377] == [hit["page"] for hit in hits]
    pid = stack.service("base-worker")["pid"]
    assert pid is None or psutil.Process(pid).memory_info().rss < 300_000_000  # None: in a machine of its own


def test_health_answers_at_once_and_ready_says_what_it_checked(stack: Stack) -> None:
    """The API tells that it lives, and that all that an upload needs is there."""
    address = stack.environment()["API_URL"]

    assert "ok" == httpx.get(f"{address}/health").json()["status"]
    needed = ("database", "schema", "settings", "storage", "worker")
    assert dict.fromkeys(needed, "ok") == httpx.get(f"{address}/ready").json()["checks"]


def test_the_doctor_asks_the_services_of_the_running_stack(stack: Stack) -> None:
    """`doctor --providers` uses the stack's own keys and addresses, and never those of the user's shell."""
    foreign = {"OPENAI_API_KEY": "sk-of-another-project", "OPENAI_BASE_URL": "https://nothing.invalid/v1"}

    done = stack.accessa("doctor", "--providers", "--json", **foreign)

    assert (0, "") == (done.code, done.err)
    assert dict.fromkeys(("llamaparse", "openai", "storage", "callback", "database"), True) == {
        row["name"]: row["ok"] for row in done.rows
    }
