"""Two stacks that start at the same moment in two homes, and want the same ports."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from backend.tests.integration.stack.conftest import STAND_IN, OwnStack, eventually
from backend.tests.unit.stack.own_ports import free_row

from accessa.settings import load_settings
from accessa.stack import status
from accessa.stack.plan import read_plan
from accessa.stack.postgres import prepare_cluster

AGAIN = "Another program took a port meanwhile; choosing again."


@pytest.fixture(scope="module")
def homes() -> Iterator[list[Path]]:
    """Two homes with a database each, whose creation takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="accessa-test-"))
    folder.chmod(0o755)
    both = [folder / "one", folder / "two"]
    for home in both:
        prepare_cluster(home / "postgres", durable=False)
    yield both
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stacks(homes: list[Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[list[OwnStack]]:
    """A stack in each home, surely stopped afterwards."""
    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "lexical")
    both = []
    for home in homes:
        monkeypatch.setenv("ACCESSA_HOME", str(home))
        both.append(OwnStack(load_settings()))
        both[-1].places.plan.unlink(missing_ok=True)
    yield both
    for stack in both:
        stack.down()


@pytest.fixture
def told(stacks: list[OwnStack], tmp_path: Path, request: pytest.FixtureRequest) -> list[str]:
    """What each `up` told, when both had chosen their ports before an API could listen."""
    command = [
        sys.executable,
        str(STAND_IN.with_name("run_neighbour.py")),
        str(free_row(20).start),
        str(tmp_path / "gate"),
    ]
    ups = []
    for number, stack in enumerate(stacks):
        locks = tmp_path / (str(number) if request.param == "apart" else "shared")
        locks.mkdir(exist_ok=True)
        environment = os.environ | {"ACCESSA_HOME": str(stack.places.root), "TMPDIR": str(locks)}
        ups.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
    eventually(lambda: all(stack.places.plan.exists() for stack in stacks))
    (tmp_path / "gate").touch()
    answers = [up.communicate(timeout=60)[0] for up in ups]

    assert [0, 0] == [up.returncode for up in ups]
    return answers


def ports(stack: OwnStack) -> set[str]:
    """Return the ends of all addresses that the services of `stack` were told, which are its ports."""
    environment = read_plan(stack.places.plan).environment
    names = ("API_PUBLIC_URL", "SUPABASE_URL", "LLAMAPARSE_BASE_URL", "DATABASE_URL", "OPENAI_BASE_URL")
    return {environment[name].split("127.0.0.1:")[1].split("/")[0] for name in names}


def api(stack: OwnStack) -> tuple[str | None, bool, int]:
    """Return where the API of `stack` is, whether it is healthy, and how often it was started again."""
    (service,) = status(stack.settings)
    return service.url, service.healthy, service.restarts


@pytest.mark.parametrize("told", ["together"], indirect=True)
def test_stacks_that_start_together_choose_different_ports(stacks: list[OwnStack], told: list[str]) -> None:
    """A port that one stack has chosen is not chosen by another, though nobody listens on it yet."""
    first, second = (ports(stack) for stack in stacks)

    assert set() == first & second
    assert [] == [words for words in told if AGAIN in words]
    assert [(True, 0), (True, 0)] == [api(stack)[1:] for stack in stacks]


@pytest.mark.parametrize("told", ["apart"], indirect=True)
def test_the_stack_that_loses_a_port_chooses_again(stacks: list[OwnStack], told: list[str]) -> None:
    """Stacks that see no locks of each other choose one port: the loser notices, and both end healthy."""
    addresses = {api(stack)[0] for stack in stacks}

    assert [False, True] == sorted(AGAIN in words for words in told)
    assert 2 == len(addresses)
    assert [(True, 0), (True, 0)] == [api(stack)[1:] for stack in stacks]
