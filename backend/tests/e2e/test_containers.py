"""What only containers can show: each comes back by itself, and holds no more rights than it needs."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from .conftest import TUNING
from .containers import containers_of, send, state_of
from .test_complete_pipeline import wait_until

if TYPE_CHECKING:
    from .conftest import Stack

pytestmark = pytest.mark.containers

SERVICES = (
    *("postgres", "storage-api", "supabase-storage", "mock-llamaparse", "mock-openai"),
    *("api-server", "base-worker", "monitoring"),
)
OURS = ("mock-llamaparse", "mock-openai", "api-server", "base-worker", "monitoring", "migrations")
RECOVERY_SECONDS = 120


def document(folder: Path) -> tuple[Path, str]:
    """Write a web page that no other test has, and return it with a word of it."""
    word = f"w{uuid4().hex}"
    path = folder / f"{word}.html"
    path.write_text(f"<html><body><h1>{word}</h1><p>All about {word} in one sentence.</p></body></html>")
    return path, word


def is_well(stack: Stack) -> bool:
    """Tell whether every service passes its check."""
    return all(row["healthy"] for row in stack.accessa("status", "--json").rows)


def is_found(stack: Stack, folder: Path) -> bool:
    """Tell whether a fresh document goes all the way."""
    path, word = document(folder)
    user = str(uuid4())
    [row] = stack.accessa("ingest", path, "--user", user, "--json").rows
    hits = stack.accessa("search", word, "--user", user, "--json").rows
    return row["status"] == "complete" and word in str(hits)


@pytest.mark.parametrize("service", SERVICES)
def test_a_killed_container_comes_back_by_itself(stack: Stack, service: str, tmp_path: Path) -> None:
    """A document that is under way when the process of a container dies is completed, and so is the next one."""
    path, word = document(tmp_path)
    user, before = str(uuid4()), stack.service(service)
    command = ("ingest", path, "--user", user, "--json")
    with stack.started(*command) as ingest:
        send(stack.home, service, signal.SIGKILL, to="first")
        out, _ = ingest.communicate(timeout=RECOVERY_SECONDS)
    wait_until(lambda: is_well(stack), RECOVERY_SECONDS)
    after = stack.service(service)

    assert ["complete"] == [row["status"] for row in map(json.loads, out.splitlines())]
    assert word in str(stack.accessa("search", word, "--user", user, "--json").rows)
    assert before["restarts"] + 1 == after["restarts"]
    assert is_found(stack, tmp_path)


@pytest.mark.parametrize("service", ["api-server", "base-worker", "mock-openai"])
def test_a_container_that_hangs_is_ended_and_started_again(stack: Stack, service: str, tmp_path: Path) -> None:
    """A frozen process answers nobody; its own health check ends it, and Docker starts it anew."""
    before = stack.service(service)
    send(stack.home, service, signal.SIGSTOP, to="program")
    wait_until(lambda: stack.service(service)["restarts"] > before["restarts"], RECOVERY_SECONDS)
    wait_until(lambda: is_well(stack), RECOVERY_SECONDS)

    assert is_found(stack, tmp_path)


def test_workers_are_as_many_as_asked_for(stack: Stack, tmp_path: Path) -> None:
    """More workers come and go with one command, and documents go on meanwhile."""
    grown = stack.accessa("up", "--docker", "--workers", "3", "--json", **TUNING)
    names = [row["name"] for row in grown.rows if row["name"].startswith("base-worker")]
    found = is_found(stack, tmp_path)
    shrunk = stack.accessa("up", "--docker", "--workers", "1", "--json", **TUNING)

    assert ["base-worker", "base-worker-2", "base-worker-3"] == names
    assert found
    assert ["base-worker"] == [row["name"] for row in shrunk.rows if row["name"].startswith("base-worker")]


@pytest.mark.parametrize("service", OURS)
def test_a_container_of_ours_has_few_rights(stack: Stack, service: str) -> None:
    """It runs as nobody special, writes nowhere but into its volume, and may not become more than it is."""
    facts = state_of(stack.home, service)

    assert {
        "user": "10001:10001",
        "read_only": True,
        "dropped": ["ALL"],
        "added": [],
        "no_new_privileges": True,
        "memory": True,
        "rotates": True,
    } == facts


def test_another_storage_takes_the_place_of_the_first(stack: Stack, tmp_path: Path) -> None:
    """With the profile the other storage goes, so that nobody asks it; documents go all the way in the new one."""
    swapped = stack.accessa("up", "--docker", "--profile", "own-storage", "--json", **TUNING)
    found = is_found(stack, tmp_path)
    services = {name for name in ("storage-api", "own-storage") if containers_of(stack.home, name)}
    back = stack.accessa("up", "--docker", "--profile", "storage-api", "--json", **TUNING)

    assert (0, True, {"own-storage"}, 0) == (swapped.code, found, services, back.code)
    assert is_found(stack, tmp_path)


def test_ports_are_open_to_this_machine_only(stack: Stack) -> None:
    """Whatever is published is on loopback."""
    hosts = {host for service in SERVICES for host in state_of(stack.home, service, hosts=True)["hosts"]}

    assert {"127.0.0.1"} == hosts


def test_no_other_stack_of_this_home_starts(stack: Stack) -> None:
    """One home has one stack: as processes it is refused while it runs as containers."""
    refused = stack.accessa("up", "--workers", "1")

    assert (2, True) == (refused.code, "accessa down" in refused.err)
