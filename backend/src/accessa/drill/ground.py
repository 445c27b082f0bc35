"""Where a drill takes place: a stack of its own in a temporary home, or the one that runs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.drill.tuning import TUNING, drill_services
from accessa.settings import Environment, Settings, settings_of
from accessa.stack import down, services_environment, stack_environment, up
from accessa.stack.leftovers import end_leftovers
from accessa.stack.live_state import require_supervisor
from accessa.stack.places import Places, home
from accessa.stack.postgres.location import recorded_folder
from accessa.stack.processes import birth_of
from accessa.stack.service_table import ServiceTable

_PREFIX = "accessa-drill-"
_OWNER = "drill-owner.json"
_SAME_BIRTH_SECONDS = 2.0
_FEWEST_WORKERS = 2
Tell = Callable[[str], None]


@dataclass(slots=True)
class Ground:
    """A running stack: `stack` finds its processes, `services` is what its services go by; `keep` leaves the home."""

    stack: Settings
    services: Settings
    addresses: dict[str, str]
    own: bool
    keep: bool = field(default=False)

    @property
    def places(self) -> Places:
        """The files of the stack."""
        return Places(home(self.stack))

    @property
    def lease_seconds(self) -> float:
        """How long a worker may be silent before its jobs are another's."""
        return self.services.worker.lease_seconds


def require_local(settings: Settings) -> None:
    """Raise `UsageError` USAGE_WRONG anywhere but in ENVIRONMENT=local."""
    environment = settings.runtime.environment
    if environment is not Environment.LOCAL:
        raise UsageError(
            "USAGE_WRONG",
            f"A drill kills workers and databases on purpose, so it is refused in ENVIRONMENT={environment}; it "
            "runs in local only.",
        )


@contextlib.contextmanager
def own_ground(
    settings: Settings,
    workers: int,
    tell: Tell,
    *,
    table: ServiceTable = drill_services,
    tuning: Mapping[str, str] = TUNING,
    embeddings: str = "lexical",
) -> Iterator[Ground]:
    """Start a stack in a temporary home, beside whatever else runs; it is stopped at the end, however that comes.

    `table` makes its services, which `tuning` sets up, and `embeddings` is the mode of the embeddings simulator. The
    home goes with it, unless `keep` was set meanwhile.
    """
    require_local(settings)
    end_abandoned()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(0o755)  # the user that Postgres runs as, where this is root, has to get in
    (folder / _OWNER).write_text(json.dumps({"pid": os.getpid(), "birth": birth_of(os.getpid())}))
    own = _settings_of_home(settings, folder, embeddings)
    keep = False
    try:
        up(own, workers, tell, table)
        services = settings_of({**services_environment(own), **tuning})
        ground = Ground(own, services, stack_environment(own), own=True)
        try:
            yield ground
        finally:
            keep = ground.keep
    finally:
        with _undisturbed():
            down(own)
            (folder / _OWNER).unlink(missing_ok=True)
            if not keep:
                _remove(folder)


def running_workers(settings: Settings) -> int:
    """Return how many workers the running stack has; raise `UsageError` when there is none."""
    return require_supervisor(Places(home(settings))).workers


@contextlib.contextmanager
def running_ground(settings: Settings) -> Iterator[Ground]:
    """Take the running stack as it is, and leave it running; raise `UsageError` when there is none, or one worker."""
    require_local(settings)
    if running_workers(settings) < _FEWEST_WORKERS:
        raise UsageError(
            "USAGE_WRONG",
            "The running stack has one worker, so nobody could take over from it; give it more: accessa up --workers 3",
        )
    yield Ground(settings, settings_of(services_environment(settings)), stack_environment(settings), own=False)


def end_abandoned(folder: Path | None = None) -> int:
    """End and remove the stacks of drills that were killed before they could; return how many there were."""
    homes = (folder or Path(tempfile.gettempdir())).glob(f"{_PREFIX}*")
    abandoned = [path for path in homes if _is_abandoned(path)]
    for path in abandoned:
        end_leftovers(Places(path))
        _remove(path)
    return len(abandoned)


def _is_abandoned(path: Path) -> bool:
    """Tell whether the drill that made this home is gone; a home that was kept on purpose names no owner."""
    try:
        owner = json.loads((path / _OWNER).read_text())
    except (OSError, ValueError):
        return False
    return path.stat().st_uid == os.geteuid() and abs(birth_of(owner["pid"]) - owner["birth"]) > _SAME_BIRTH_SECONDS


def _settings_of_home(settings: Settings, folder: Path, embeddings: str) -> Settings:
    """Return settings of the stack that lives in `folder`, on whichever ports are free."""
    ports = dict.fromkeys(name for name in type(settings.stack).model_fields if name.endswith("_port"))
    changes = {"home": folder, "embeddings": embeddings, "api_url": "", **ports}
    return settings.model_copy(update={"stack": settings.stack.model_copy(update=changes)})


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C leave half of the stack behind."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _remove(folder: Path) -> None:
    shelter = recorded_folder(folder / "postgres")
    if shelter is not None:
        shutil.rmtree(shelter.parent, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
