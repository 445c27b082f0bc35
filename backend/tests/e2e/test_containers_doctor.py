"""What the doctor says of containers: each fault is planted for real, named with what mends it, and gone after that."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from python_on_whales import DockerClient

from .conftest import TUNING
from .containers import containers_of, project_name
from .test_complete_pipeline import wait_until

if TYPE_CHECKING:
    from .conftest import Stack

pytestmark = pytest.mark.containers

MEND_SECONDS = 150
LOOKED_AT = ("docker", "env_file", "kinds", "image", "keys", "database", "api-server", "base-worker", "storage-api")
Plant = Callable[["Stack"], None]


def found(stack: Stack, name: str, **settings: str) -> dict[str, Any]:
    """Return what the doctor says of one thing."""
    [row] = [row for row in stack.accessa("doctor", "--json", **settings).rows if row["name"] == name]
    return row


def up(stack: Stack) -> None:
    """Do what the doctor most often says."""
    assert 0 == stack.accessa("up", "--docker", "--json", **TUNING).code


def edit(stack: Stack, old: str, new: str) -> None:
    """Change a line of the env file."""
    path = stack.home / ".env"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def line(stack: Stack, name: str) -> str:
    """Return a line of the env file."""
    [found] = [line for line in (stack.home / ".env").read_text().splitlines() if line.startswith(f"{name}=")]
    return found


@pytest.fixture(autouse=True)
def kept(stack: Stack) -> Iterator[None]:
    """The env file as it was."""
    path = stack.home / ".env"
    before = path.read_text()
    yield
    path.write_text(before)
    path.chmod(0o600)


def test_all_is_well(stack: Stack) -> None:
    """Nothing is bad where nothing was planted, and each container has a line."""
    rows = {row["name"]: row["ok"] for row in stack.accessa("doctor", "--json").rows}
    rows.pop("alerts")  # of what other tests have killed lately

    assert set(LOOKED_AT) <= rows.keys()
    assert [] == [name for name, ok in rows.items() if not ok]


def test_a_container_that_was_stopped(stack: Stack) -> None:
    """It is named with its exit code, and started again by the command."""
    DockerClient().container.stop(containers_of(stack.home, "mock-openai"))
    told = found(stack, "mock-openai")
    up(stack)

    assert (False, True) == (told["ok"], "stopped" in told["sentence"] and "accessa up --docker" in told["mend"])
    assert found(stack, "mock-openai")["ok"]


def test_a_container_that_is_missing(stack: Stack) -> None:
    """It is named, and made again by the command."""
    DockerClient().container.remove(containers_of(stack.home, "mock-llamaparse"), force=True)
    told = found(stack, "mock-llamaparse")
    up(stack)

    assert (False, True) == (told["ok"], "no container" in told["sentence"])
    assert found(stack, "mock-llamaparse")["ok"]


def test_an_env_file_that_lacks_a_key(stack: Stack) -> None:
    """The missing name is told, and the command writes it anew."""
    edit(stack, line(stack, "ACCESSA_GRAFANA_PASSWORD"), "")
    told = found(stack, "env_file")
    up(stack)

    assert (False, True) == (told["ok"], "ACCESSA_GRAFANA_PASSWORD" in told["sentence"])
    assert found(stack, "env_file")["ok"]


def test_an_env_file_that_others_may_read(stack: Stack) -> None:
    """The command that mends it is told."""
    path = stack.home / ".env"
    path.chmod(0o644)

    assert (False, f"Run: chmod 600 {path}") == tuple(found(stack, "env_file")[name] for name in ("ok", "mend"))


def test_a_key_that_was_changed_in_the_file(stack: Stack) -> None:
    """What the containers were started with is not what the file says now."""
    edit(stack, line(stack, "ACCESSA_WEBHOOK_SECRET"), "ACCESSA_WEBHOOK_SECRET=another")
    told = found(stack, "keys")

    assert (False, True) == (told["ok"], "ACCESSA_WEBHOOK_SECRET" in told["sentence"])
    assert "another" not in told["sentence"].replace(str(stack.home), "")


def test_a_volume_of_another_version(stack: Stack) -> None:
    """What Postgres says of its files is told with both ways out; the data is not touched."""
    docker, volume = DockerClient(), f"{project_name(stack.home)}_postgres"
    [postgres] = containers_of(stack.home, "postgres")
    image, version = str(postgres.config.image), "/data/PG_VERSION"

    def write(number: int) -> None:
        command = ["bash", "-c", f"echo {number} > {version}"]
        docker.run(image, command, entrypoint="", volumes=[(volume, "/data")], remove=True, user="root")

    write(14)
    docker.container.restart(postgres)
    wait_until(lambda: "another version" in found(stack, "postgres")["mend"], MEND_SECONDS)
    told = found(stack, "postgres")
    write(15)
    up(stack)

    assert "incompatible" in told["sentence"]
    assert "accessa db backup" in told["mend"]
    assert found(stack, "postgres")["ok"]


def test_a_docker_that_does_not_answer(stack: Stack) -> None:
    """Where there are containers but no engine, it is the engine that is bad."""
    told = found(stack, "docker", DOCKER_HOST="unix:///nowhere.sock")

    assert (False, True) == (told["ok"], "engine" in told["sentence"])
