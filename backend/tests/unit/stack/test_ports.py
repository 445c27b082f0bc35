"""Which port each service gets."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from backend.tests.unit.stack.own_ports import free_row

from accessa.domain.errors import UsageError
from accessa.stack.ports import PortWish, choose_ports, is_free


@contextmanager
def taken(*ports: int) -> Iterator[None]:
    """Listen on `ports` meanwhile."""
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(socket.create_server(("127.0.0.1", port)))
        yield


@pytest.fixture
def first() -> int:
    """The first of at least five free ports in a row."""
    return free_row(5).start


def test_the_usual_ports_are_taken_when_they_are_free(first: int) -> None:
    """With nothing in the way nobody moves and nothing is told."""
    wishes = [PortWish("one", first, "ONE"), PortWish("two", first + 1, "TWO")]

    assert ({"one": first, "two": first + 1}, []) == choose_ports(wishes)


def test_a_taken_port_gives_way_to_the_next_that_nobody_wants(first: int) -> None:
    """The service that moves takes no other service's usual port, and the user is told."""
    wishes = [PortWish("one", first, "ONE"), PortWish("two", first + 1, "TWO")]
    with taken(first):
        ports, told = choose_ports(wishes)

    assert {"one": first + 2, "two": first + 1} == ports
    assert [f"Port {first} is taken by another program, so one listens on {first + 2}."] == told


def test_an_asked_port_comes_before_a_usual_one(first: int) -> None:
    """A port that the user set is kept free for its service."""
    wishes = [PortWish("one", first, "ONE"), PortWish("two", first + 1, "TWO", asked=first)]
    ports, _ = choose_ports(wishes)

    assert {"one": first + 2, "two": first} == ports


def test_a_port_asked_for_twice_is_refused(first: int) -> None:
    """Two services cannot have one port; the error names the setting."""
    wishes = [PortWish("one", 1, "ONE", asked=first), PortWish("two", 1, "TWO", asked=first)]
    with pytest.raises(UsageError, match=f"TWO={first} is asked for twice") as refused:
        choose_ports(wishes)

    assert "NO_FREE_PORT" == refused.value.code


def test_no_port_left_is_told() -> None:
    """At the end of the range there is nothing to choose, and the error names the setting."""
    last = next(port for port in range(65535, 65000, -1) if is_free(port))
    wishes = [PortWish("one", last, "ONE")]
    with taken(*range(last, 65536)), pytest.raises(UsageError, match="set ONE") as refused:
        choose_ports(wishes)

    assert "NO_FREE_PORT" == refused.value.code


def test_a_listener_on_every_address_counts(first: int) -> None:
    """A program that listens on 0.0.0.0 has the port on loopback too."""
    with socket.create_server(("0.0.0.0", first)):  # noqa: S104 - that is the subject
        assert not is_free(first)


def test_the_last_connections_of_a_stopped_server_do_not_count(first: int) -> None:
    """Connections in TIME_WAIT, as after `down`, leave the port free."""
    with socket.create_server(("127.0.0.1", first)) as server:
        client = socket.create_connection(("127.0.0.1", first))
        accepted, _ = server.accept()
        accepted.close()
        client.close()

    assert is_free(first)
