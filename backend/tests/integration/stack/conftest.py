"""A stack of small stand-in programs over the real Postgres, in a folder and on ports of its own."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from backend.tests.unit.stack.own_ports import free_row

from accessa.settings import Settings, load_settings
from accessa.stack import StackState, down, status, up
from accessa.stack.places import Places
from accessa.stack.plan import Health, Service
from accessa.stack.postgres import prepare_cluster
from accessa.stack.service_table import Blueprint, postgres_service

STAND_IN = Path(__file__).with_name("stand_in.py")
STAND_IN_DATABASE = Path(__file__).with_name("stand_in_database.py")
# Each look asks every service anew; more of them would take the processor from what is waited for.
LOOK_SECONDS = 0.05
PORT_VARIABLES = ("POSTGRES", "STORAGE", "API", "LLAMAPARSE", "OPENAI", "MONITORING")


def program(*arguments: str) -> tuple[str, ...]:
    """Return the command line of a stand-in."""
    file = STAND_IN_DATABASE if arguments[0] in {"migrate", "worker"} else STAND_IN
    return (sys.executable, str(file), *arguments)


def small_stack(plan: Blueprint) -> list[Service]:
    """Return Postgres, two web services, and workers that beat, as the real table would have them."""
    migrations = plan.service("migrations", program("migrate"))
    workers = [plan.service(_worker_name(number), program("worker")) for number in range(1, plan.workers + 1)]
    beats = Health(kind="worker", address=plan.environment["DATABASE_URL"])
    return [
        postgres_service(plan),
        plan.service("supabase-storage", program("http", str(plan.ports["supabase-storage"]))),
        migrations.model_copy(update={"health": Health(kind="exit"), "depends_on": ("postgres",)}),
        plan.service("api-server", program("http", str(plan.ports["api-server"]))).model_copy(
            update={"depends_on": ("migrations",)}
        ),
        *(worker.model_copy(update={"health": beats, "depends_on": ("migrations",)}) for worker in workers),
    ]


def migrated(plan: Blueprint) -> list[Service]:
    """Return Postgres and the step that waits for it: enough to see a start take its time."""
    return small_stack(plan)[:3]


def web_only(plan: Blueprint) -> list[Service]:
    """Return a single web service: enough where the subject is the supervisor itself."""
    return [plan.service("api-server", program("http", str(plan.ports["api-server"])))]


def _worker_name(number: int) -> str:
    return "base-worker" if number == 1 else f"base-worker-{number}"


def eventually(condition: Callable[[], object], seconds: float = 15) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(LOOK_SECONDS)


@dataclass
class OwnStack:
    """One stack under test, and every sentence that was told about it."""

    settings: Settings
    told: list[str] = field(default_factory=list)

    @property
    def places(self) -> Places:
        """Its files."""
        assert self.settings.stack.home is not None
        return Places(self.settings.stack.home)

    def up(self, workers: int | None = None, table: Callable[[Blueprint], list[Service]] = small_stack) -> StackState:
        """Start it."""
        return up(self.settings, workers, self.told.append, table)

    def down(self) -> bool:
        """Stop it."""
        return down(self.settings, self.told.append)

    def service_pid(self, name: str) -> int:
        """Return the process id of a service that is running now."""
        return next(service.pid or 0 for service in status(self.settings) if service.name == name)


@pytest.fixture(scope="module")
def stack_folder() -> Iterator[Path]:
    """A folder that the Postgres user can reach, unlike pytest's own when the tests run as root.

    The tests of a module share it, and with it the database, whose creation costs a second.
    """
    folder = Path(tempfile.mkdtemp(prefix="accessa-test-"))
    folder.chmod(0o755)
    prepare_cluster(folder / "home" / "postgres", durable=False)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack(stack_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnStack]:
    """A stack that is not running yet, has no logs, and is surely stopped afterwards."""
    monkeypatch.chdir(stack_folder)
    monkeypatch.setenv("ACCESSA_HOME", str(stack_folder / "home"))
    monkeypatch.setenv("ACCESSA_EMBEDDINGS", "lexical")
    # The locks of its ports go with the folder; commands that tests start know it by the variable.
    monkeypatch.setenv("TMPDIR", str(stack_folder))
    monkeypatch.setattr(tempfile, "tempdir", str(stack_folder))
    for name, port in zip(PORT_VARIABLES, free_row(len(PORT_VARIABLES)), strict=True):
        monkeypatch.setenv(f"ACCESSA_{name}_PORT", str(port))
    shutil.rmtree(stack_folder / "home" / "logs", ignore_errors=True)
    own = OwnStack(load_settings())
    yield own
    own.down()
