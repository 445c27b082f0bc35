"""Ports that are taken, and several commands at once."""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace

import pytest
from backend.tests.integration.stack.conftest import STAND_IN, OwnStack, web_only

from accessa.domain.errors import UsageError
from accessa.stack.plan import Service
from accessa.stack.port_locks import PortLocks
from accessa.stack.ports import is_free
from accessa.stack.processes import marked
from accessa.stack.service_table import Blueprint, port_wishes


def test_an_asked_port_that_is_taken_is_refused_by_its_name(stack: OwnStack) -> None:
    """A port that the user set is not replaced: the error names the setting, and nothing is started."""
    port = stack.settings.stack.api_port
    assert port is not None
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(UsageError, match=f"ACCESSA_API_PORT={port}") as refused,
    ):
        stack.up(table=web_only)

    assert "NO_FREE_PORT" == refused.value.code
    assert [] == marked(stack.places.stack_id)


def test_ups_at_the_same_moment_make_one_stack(stack: OwnStack) -> None:
    """Three `up`s from three processes all end well, with the same supervisor."""
    command = [sys.executable, str(STAND_IN.with_name("run_up.py"))]
    commands = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    answers = [process.communicate(timeout=60)[0] for process in commands]
    supervisors = [
        process.pid for process in marked(stack.places.stack_id) if process.environ()["ACCESSA_SERVICE"] == "supervisor"
    ]

    assert [0, 0, 0] == [process.returncode for process in commands]
    assert {f"{supervisors[0]}\n"} == set(answers)
    assert 1 == len(supervisors)


def test_down_stops_an_up_that_is_under_way(stack: OwnStack) -> None:
    """`down` does not wait for a start to end: the start is stopped, and fails in words."""
    command = [sys.executable, str(STAND_IN.with_name("run_up.py"))]
    starting = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not stack.places.state.exists():
        assert starting.poll() is None
    stack.down()
    _, words = starting.communicate(timeout=60)

    assert "STACK_FAILED: The stack ended while it was starting" in words
    assert [] == marked(stack.places.stack_id)


def test_a_port_lost_at_the_last_moment_is_replaced(stack: OwnStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """When another program takes a port after it was chosen, the start is tried again with the next one."""
    usual = stack.settings.stack.api_port
    assert usual is not None
    wishes = [
        replace(wish, asked=None) if wish.service == "api-server" else wish for wish in port_wishes(stack.settings)
    ]
    wishes = [replace(wish, usual=usual) if wish.service == "api-server" else wish for wish in wishes]
    monkeypatch.setattr("accessa.stack.blueprint.port_wishes", lambda _settings: wishes)
    with ExitStack() as rivals:

        def table(plan: Blueprint) -> list[Service]:
            if plan.ports["api-server"] == usual:
                rivals.enter_context(socket.create_server(("127.0.0.1", usual)))
            return web_only(plan)

        state = stack.up(table=table)

    assert "Another program took a port meanwhile; choosing again." in stack.told
    assert usual != state.services[0].port
    assert "healthy" == state.services[0].state


def test_a_running_stack_keeps_its_ports_locked(stack: OwnStack) -> None:
    """Until it ends no other stack is given a port of it, whether or not a service listens there at this moment."""
    stack.up(table=web_only)
    unused = stack.settings.stack.monitoring_port or 0
    with PortLocks() as others:
        while_it_runs = (is_free(unused), others.take(unused))
        stack.down()
        afterwards = others.take(unused)

    assert (True, False) == while_it_runs
    assert afterwards
