"""What is told while the plan of a stack is made."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from backend.tests.unit.stack.own_ports import free_row

from accessa.settings import Settings, load_settings
from accessa.stack.blueprint import make_plan
from accessa.stack.places import Places
from accessa.stack.plan import Plan
from accessa.stack.port_locks import PortLocks
from accessa.stack.ports import PortWish
from accessa.stack.postgres import Cluster
from accessa.stack.postgres.binaries import Binaries
from accessa.stack.service_table import port_wishes


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> int:
    """The first of the usual ports, which are free."""
    port = free_row(10).start

    def wishes(settings: Settings) -> list[PortWish]:
        return [replace(wish, usual=port + place) for place, wish in enumerate(port_wishes(settings))]

    monkeypatch.setattr("accessa.stack.blueprint.port_wishes", wishes)
    return port


def plan_of(home: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Plan, list[str]]:
    """Make the plan of a stack whose new database lies in `data`; return it and what was told."""

    def create(_directory: Path, _binaries: Path | None, *, on_create: Callable[[Path], None]) -> Cluster:
        on_create(data)
        return Cluster(data, Binaries(home, "18"), None, "password", created=True)

    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "lexical")
    monkeypatch.setattr("accessa.stack.blueprint.check_disk", lambda _folder: None)
    monkeypatch.setattr("accessa.stack.blueprint.prepare_cluster", create)
    places, told = Places(home), list[str]()
    places.prepare()
    with PortLocks(home) as locks:
        return make_plan(load_settings(), places, 1, lambda _blueprint: [], told.append, locks=locks), told


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize(
    ("place", "sentence"),
    [("home/postgres/data", "Creating the database."), ("far/data", "Creating the database in {}/far.")],
)
def test_a_database_outside_the_home_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, sentence: str
) -> None:
    """Data that lies below the home needs no words; where else it lies is told when it is created."""
    _, told = plan_of(tmp_path / "home", tmp_path / place, monkeypatch)

    assert [sentence.format(tmp_path)] == told


def test_a_port_that_moved_is_noted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: int) -> None:
    """It is a note of the plan, which `up` shows at its end, and no sentence on the way."""
    with socket.create_server(("127.0.0.1", first)):
        plan, told = plan_of(tmp_path / "home", tmp_path / "home" / "data", monkeypatch)

    assert (f"Port {first} is taken by another program, so postgres listens on {first + 6}.",) == plan.notes
    assert ["Creating the database."] == told
