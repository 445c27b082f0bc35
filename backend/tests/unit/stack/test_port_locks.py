"""Ports that are chosen and not used yet."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest
from backend.tests.unit.stack.own_ports import free_row

from accessa.stack.port_locks import PortLocks


@pytest.fixture
def port() -> int:
    """A free port."""
    return free_row(1).start


def test_a_port_is_given_once(tmp_path: Path, port: int) -> None:
    """A port that one stack was given is refused to the next until the first lets go of it."""
    with PortLocks(tmp_path) as ours, PortLocks(tmp_path) as theirs:
        first = (ours.take(port), theirs.take(port))
        ours.__exit__(None, None, None)
        second = theirs.take(port)

    assert (True, False) == first
    assert second


def test_a_port_in_use_is_not_kept_locked(tmp_path: Path, port: int) -> None:
    """A port that a foreign program has is refused, and can be had once that program has ended."""
    with PortLocks(tmp_path) as ours, PortLocks(tmp_path) as theirs:
        with socket.create_server(("127.0.0.1", port)):
            refused = ours.take(port)
        taken = theirs.take(port)

    assert (False, True) == (refused, taken)


def test_whoever_inherits_the_files_holds_the_locks(tmp_path: Path, port: int) -> None:
    """The locks live until the last process that has their files closes them."""
    with PortLocks(tmp_path) as ours, PortLocks(tmp_path) as theirs:
        ours.take(port)
        inherited = [os.dup(descriptor) for descriptor in ours.descriptors]
        ours.__exit__(None, None, None)
        refused = theirs.take(port)
        for descriptor in inherited:
            os.close(descriptor)
        taken = theirs.take(port)

    assert (False, True) == (refused, taken)


def test_every_user_sees_the_locks(tmp_path: Path, port: int) -> None:
    """Another user can open the file of a lock, whatever the mask of the one who made it."""
    mask = os.umask(0o077)
    try:
        with PortLocks(tmp_path) as ours:
            ours.take(port)
    finally:
        os.umask(mask)

    assert [0o644] == [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()]


def test_without_a_place_for_locks_a_free_port_can_be_had(tmp_path: Path, port: int) -> None:
    """A temporary folder that takes no files stops no stack; what is in use is still refused."""
    with PortLocks(tmp_path / "missing") as ours:
        free = ours.take(port)
        with socket.create_server(("127.0.0.1", port)):
            used = ours.take(port)

    assert (True, False) == (free, used)
