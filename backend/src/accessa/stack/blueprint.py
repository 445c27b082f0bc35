"""Making the plan of a stack: ports, keys and database are settled here, before anything is started."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.settings import Settings, process_environment
from accessa.stack.credentials import load_credentials
from accessa.stack.environment import embedding_model, inherited, is_setting, stack_variables, unless_set
from accessa.stack.places import Places
from accessa.stack.plan import Plan
from accessa.stack.port_locks import PortLocks
from accessa.stack.ports import choose_ports
from accessa.stack.postgres import database_url, prepare_cluster
from accessa.stack.service_table import Blueprint, ServiceTable, port_wishes

DATABASE = "accessa_dev"
LEAST_FREE_BYTES = 500_000_000
Tell = Callable[[str], None]


def tell_nobody(_sentence: str) -> None:
    """Take a sentence that nobody wants to hear."""


def make_plan(
    settings: Settings, places: Places, workers: int, table: ServiceTable, tell: Tell, *, locks: PortLocks
) -> Plan:
    """Settle everything that a fresh stack needs, creating the database cluster if there is none; lock its ports.

    Raises `UsageError` NO_FREE_PORT, DISK_FULL, SETTINGS_INVALID or STACK_FAILED in plain words.
    """
    check_disk(places.root)
    check_embeddings(settings.stack.embeddings)
    ports, notes = choose_ports(port_wishes(settings), locks.take)
    cluster = prepare_cluster(
        places.postgres, settings.stack.postgres_binaries, on_create=lambda data: tell(_creation(data, places))
    )
    own = stack_variables(
        home=places.root,
        ports=ports,
        database_url=database_url(cluster, ports["postgres"], DATABASE),
        credentials=load_credentials(places.secrets),
        embeddings=settings.stack.embeddings,
    )
    tuning = {name: value for name, value in tuned(settings).items() if name not in own}
    environment = tuning | own
    return Plan(
        stack_id=places.stack_id,
        version=version("accessa"),
        services=tuple(table(Blueprint(settings, places, cluster, ports, environment, workers))),
        environment=environment,
        tuning=tuning,
        notes=tuple(notes),
        workers=workers,
    )


def _creation(data: Path, places: Places) -> str:
    """Name the place of the database where nobody would look for it: for root it may lie outside the home."""
    return f"Creating the database{'' if data.is_relative_to(places.root) else f' in {data.parent}'}."


def tuned(settings: Settings) -> dict[str, str]:
    """Return what the user's environment may decide about the services, over the stack's own defaults."""
    return unless_set(settings.stack.embeddings) | inherited(process_environment())


def changed_settings(plan: Plan, settings: Settings) -> list[str]:
    """Return the names of settings that have other values now than when `plan` was made."""
    fixed = plan.environment.keys() - plan.tuning.keys()
    present = {name: value for name, value in tuned(settings).items() if name not in fixed}
    names = {name for name in present.keys() | plan.tuning.keys() if is_setting(name)}
    changed = {name for name in names if present.get(name) != plan.tuning.get(name)}
    if settings.stack.embeddings != plan.environment["MOCK_OPENAI_MODE"]:
        changed.add("ACCESSA_EMBEDDINGS")
    return sorted(changed)


def check_disk(folder: Path, least_bytes: int = LEAST_FREE_BYTES) -> None:
    """Raise `UsageError` DISK_FULL if the disk of `folder` has less than `least_bytes` left."""
    free = shutil.disk_usage(folder).free
    if free < least_bytes:
        raise UsageError(
            "DISK_FULL",
            f"The disk of {folder} has {free // 1_000_000} MB left and the stack needs {least_bytes // 1_000_000} MB; "
            "free some space and try again.",
        )


def check_embeddings(mode: str) -> None:
    """Raise `UsageError` SETTINGS_INVALID if the local model of `mode` is unknown or not installed."""
    package = embedding_model(mode).package
    if package and find_spec(package) is None:
        raise UsageError(
            "SETTINGS_INVALID",
            f"ACCESSA_EMBEDDINGS={mode} needs the package {package.replace('_', '-')}, which is not installed; "
            "install it, or set ACCESSA_EMBEDDINGS=lexical.",
        )
