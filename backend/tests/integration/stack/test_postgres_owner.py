"""Whose Postgres answers, and what happens to its password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from accessa.stack.health import is_healthy
from accessa.stack.plan import Health
from accessa.stack.postgres import prepare_cluster, running_postgres


async def test_only_the_server_of_the_stack_is_healthy(stack_folder: Path) -> None:
    """A Postgres that accepts the password is not taken for ours when it is another process."""
    with running_postgres(stack_folder / "home" / "postgres") as server:
        health = Health(kind="postgres", address=server.url)
        seen = [await is_healthy(health, pid) for pid in (server.pid, os.getpid(), None)]

    assert [True, False, False] == seen


async def test_an_interrupted_change_of_a_lost_password_is_done_again(
    stack_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start that dies while it gives the cluster a new password leaves a cluster that the next start can open."""
    directory = stack_folder / "home" / "postgres"
    (directory / "password").unlink()
    with monkeypatch.context() as interrupted:
        interrupted.setattr("accessa.stack.postgres.cluster._set_password", _die)
        with pytest.raises(KeyboardInterrupt):
            prepare_cluster(directory)
    with running_postgres(directory) as server:
        healthy = await is_healthy(Health(kind="postgres", address=server.url), server.pid)

    assert healthy


def _die(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_a_new_cluster_is_told_before_it_is_created(stack_folder: Path) -> None:
    """Whoever asks hears where the data will lie, once, while nothing is there yet."""
    told: list[tuple[Path, bool]] = []
    clusters = [
        prepare_cluster(stack_folder / "new", durable=False, on_create=lambda data: told.append((data, data.exists())))
        for _ in range(2)
    ]

    assert [(clusters[0].data, False)] == told
    assert [True, False] == [cluster.created for cluster in clusters]
