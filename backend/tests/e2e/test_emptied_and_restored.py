"""What changes a whole stack at once, which therefore is one of its own: reset, restore, and a restart of workers."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from accessa.settings import settings_of
from accessa.stack import postgres_program

from .conftest import AS_CONTAINERS

if TYPE_CHECKING:
    from .conftest import Stack

PATIENCE_SECONDS = 60
# A worker holds a job for so long, unless it is emptied under its hands.
SLOW_SECONDS = 15.0
BEES = "# Bees\n\nThe bees of the valley make their honey of heather and of clover.\n"
BOATS = "# Boats\n\nThe boats of the harbour are painted anew in every spring.\n"


@pytest.fixture(scope="module")
def addresses(own_stack: Stack) -> dict[str, str]:
    """The addresses of the stack."""
    return own_stack.environment()


@pytest.fixture
def api(addresses: dict[str, str]) -> Iterator[httpx.Client]:
    """The API, as the user sees it in whose name the command line works."""
    headers = {"X-User-Id": "00000000-0000-4000-8000-000000000001"}
    with httpx.Client(base_url=addresses["API_URL"], headers=headers, timeout=60, trust_env=False) as client:
        yield client


def processes(stack: Stack) -> dict[str, tuple[int, int]]:
    """Return process and number of restarts of each service."""
    return {row["name"]: (row["pid"], row["restarts"]) for row in stack.accessa("status", "--json").rows}


def stored(stack: Stack) -> list[str]:
    """Return the names of all objects in the storage."""
    variables = stack.services_environment()
    key = variables["SUPABASE_SERVICE_ROLE_KEY"]
    with httpx.Client(base_url=variables["SUPABASE_URL"], headers={"Authorization": f"Bearer {key}"}) as storage:
        pages = [
            storage.post(f"/storage/v1/object/list-v2/{bucket}", json={"prefix": "", "limit": 1000}).json()
            for bucket in ("raw", "parsed")
        ]
    return [found["name"] for page in pages for found in page["objects"]]


def names(api: httpx.Client) -> list[str]:
    """Return the names of all documents."""
    return [document["filename"] for document in api.get("/documents").json()["documents"]]


def test_a_stack_is_emptied_under_its_workers_hands(
    own_stack: Stack, addresses: dict[str, str], api: httpx.Client, fixtures: Path
) -> None:
    """Rows, objects, bills and faults are gone, no process has died, and the same file is ingested anew at once."""
    sample = fixtures / "samples" / "home-insurance-policy.pdf"
    before = processes(own_stack)
    assert 0 == own_stack.accessa("ingest", sample).code
    _hold_a_job(addresses, api)
    emptied = {row["part"]: row for row in own_stack.accessa("reset", "--yes", "--json").rows}
    [again] = own_stack.accessa("ingest", sample, "--json").rows

    assert ["storage", "database", "mock-llamaparse", "mock-openai", "workers"] == list(emptied)
    assert (2, 2, True) == (emptied["database"]["documents"], emptied["database"]["jobs"], emptied["workers"]["idle"])
    assert emptied["storage"]["objects"] >= 4
    assert before == processes(own_stack)
    assert ("complete", [sample.name], 3) == (again["status"], names(api), len(stored(own_stack)))
    assert (again["pages"], again["chunks"], 0) == _billed(addresses)
    assert 0 == own_stack.accessa("audit", "--objects").code


def _hold_a_job(addresses: dict[str, str], api: httpx.Client) -> None:
    """Upload a text, and return once the embedder has the call for its vectors and lets its worker wait."""
    desk = f"{addresses['OPENAI_URL'].removesuffix('/v1')}/_control"
    slow = {"delay": SLOW_SECONDS, "faults": [{"kind": "slow_answer", "value": SLOW_SECONDS}]}
    httpx.patch(desk, json=slow, trust_env=False).raise_for_status()
    api.post("/documents", files={"file": ("slow.md", b"# Slow\n\nA text that takes its time.\n")}).raise_for_status()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not httpx.get(desk, trust_env=False).json()["faults_played"].get("slow_answer"):
        assert time.monotonic() < deadline


def _billed(addresses: dict[str, str]) -> tuple[int, int, float]:
    """Return the billed pages and inputs, and the delay that the embedder plays."""
    llamaparse, openai = addresses["LLAMAPARSE_URL"], addresses["OPENAI_URL"].removesuffix("/v1")
    pages, inputs = (
        len(httpx.get(f"{desk}/_control/bill", trust_env=False).json()["rows"]) for desk in (llamaparse, openai)
    )
    delay: float = httpx.get(f"{openai}/_control", trust_env=False).json()["delay"]
    return pages, inputs, delay


def test_documents_come_back_and_workers_go_on(own_stack: Stack, api: httpx.Client, tmp_path: Path) -> None:
    """What was deleted since is found again, what came since is not; its lost objects are counted; uploads go on."""
    backup = tmp_path / "before.sql.gz"
    (tmp_path / "bees.md").write_text(BEES)
    (tmp_path / "boats.md").write_text(BOATS)
    [bees] = own_stack.accessa("ingest", tmp_path / "bees.md", "--json").rows
    [made] = own_stack.accessa("db", "backup", backup, "--json").rows
    api.delete(f"/documents/{bees['document_id']}").raise_for_status()
    own_stack.accessa("ingest", tmp_path / "boats.md")
    before = processes(own_stack)
    restored = own_stack.accessa("db", "restore", backup, "--yes", "--json")
    known = names(api)
    found = api.post("/search", json={"query": "honey of heather", "limit": 1}).json()["results"]
    [again] = own_stack.accessa("ingest", tmp_path / "boats.md", "--json").rows

    assert 0o600 == stat.S_IMODE(backup.stat().st_mode)
    assert (1, 1) == (restored.code, restored.rows[0]["documents_without_objects"])
    assert (True, False) == ("bees.md" in known, "boats.md" in known)
    assert (made["documents"], [bees["document_id"]]) == (len(known), [one["document_id"] for one in found])
    assert "complete" == again["status"]
    assert before == processes(own_stack)


def test_workers_are_restarted_by_a_command(own_stack: Stack) -> None:
    """The new process is healthy when the command ends, which says how long that took; an unknown service is named."""
    before = processes(own_stack)
    [renewed] = own_stack.accessa("restart", "base-worker", "--json").rows
    unknown = own_stack.accessa("restart", "workers")
    after = processes(own_stack)

    assert ("base-worker", True, 0) == (renewed["name"], renewed["healthy"], renewed["restarts"])
    assert renewed["seconds"] > 0
    assert {"base-worker"} == {name for name, process in after.items() if process != before[name]}
    assert (2, True) == (unknown.code, "there are: postgres, " in unknown.err)


def test_a_password_is_on_no_command_line(own_stack: Stack, addresses: dict[str, str]) -> None:
    """A client program of Postgres gets it by its environment, where other users of the machine do not see it."""
    program = postgres_program(settings_of({"ACCESSA_HOME": str(own_stack.home)}), "psql")
    password = str(httpx.URL(addresses["DATABASE_URL"]).password)

    assert password not in " ".join(program.argv)
    assert AS_CONTAINERS or password == program.environment["PGPASSWORD"]
