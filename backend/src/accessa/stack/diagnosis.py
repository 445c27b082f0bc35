"""`accessa doctor`: one sentence about each thing the stack needs of this machine, and what mends it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from accessa.domain.budgets import told_budgets
from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.blueprint import LEAST_FREE_BYTES, check_embeddings
from accessa.stack.condition import settings_in_force, status
from accessa.stack.leftovers import find_leftovers
from accessa.stack.live_state import live_state
from accessa.stack.places import Places, home
from accessa.stack.ports import choose_ports
from accessa.stack.postgres.binaries import packaged_root
from accessa.stack.postgres.location import abandoned_shelters
from accessa.stack.service_status import ServiceStatus
from accessa.stack.service_table import port_wishes
from accessa.stack.stack_lock import unless_locked

_LEAST_MEMORY_BYTES = 1_000_000_000
_PYTHONS = ((3, 11), (3, 13))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `mend` is what to do if it is not `ok`, else empty."""

    name: str
    ok: bool
    sentence: str
    mend: str = ""


def doctor(settings: Settings) -> list[Finding]:
    """Look at this machine and at the stack; change nothing."""
    places = Places(home(settings))
    return [look(settings, places) for look in _ALWAYS] + _stack(settings, places)


def _stack(settings: Settings, places: Places) -> list[Finding]:
    """Look at the services; without any, also when they stop at this very moment, at what a start would meet."""
    if live_state(places) is not None:
        with contextlib.suppress(UsageError):
            return [_service(service) for service in status(settings)]
    return [look(settings, places) for look in _WHEN_STOPPED]


def _python(_settings: Settings, _places: Places) -> Finding:
    found = sys.version_info[:2]
    ok = _PYTHONS[0] <= found <= _PYTHONS[1]
    return Finding("python", ok, f"Python is {found[0]}.{found[1]}.", "" if ok else "Use Python 3.11, 3.12 or 3.13.")


def _disk(_settings: Settings, places: Places) -> Finding:
    folder = _existing(places.root)
    free = shutil.disk_usage(folder).free
    ok = free >= LEAST_FREE_BYTES
    mend = "" if ok else f"Free at least {LEAST_FREE_BYTES // 1_000_000} MB."
    return Finding("disk", ok, f"The disk of {folder} has {free / 1e9:.1f} GB left.", mend)


def _memory(_settings: Settings, _places: Places) -> Finding:
    free = psutil.virtual_memory().available
    ok = free >= _LEAST_MEMORY_BYTES
    return Finding("memory", ok, f"{free / 1e9:.1f} GB of memory are free.", "" if ok else "End other programs.")


def _folder(_settings: Settings, places: Places) -> Finding:
    folder = _existing(places.root)
    ok = os.access(folder, os.W_OK | os.X_OK)
    mend = "" if ok else "Set ACCESSA_HOME to a folder that you can write."
    return Finding("home", ok, f"State is kept in {places.root}.", mend)


def _postgres(settings: Settings, _places: Places) -> Finding:
    try:
        root = settings.stack.postgres_binaries or packaged_root()
    except UsageError as error:
        return Finding("postgres", ok=False, sentence=error.message, mend="Run: make setup")
    ok = (root / "bin" / "postgres").is_file()
    mend = "" if ok else "Set ACCESSA_POSTGRES_BINARIES to a folder with bin/postgres, or unset it."
    return Finding("postgres", ok, f"The Postgres programs are {'' if ok else 'not '}in {root}.", mend)


def _shelters(_settings: Settings, _places: Places) -> Finding:
    abandoned = abandoned_shelters()
    if not abandoned:
        return Finding("shelters", ok=True, sentence="No database of a removed home is left over.")
    folders = " and ".join(sorted({str(shelter.parent) for shelter in abandoned}))
    command = f"{sys.executable} -m accessa.stack.postgres.abandoned"
    words = f"{len(abandoned)} database(s) of removed homes take up room in {folders}; to remove them: {command}"
    return Finding("shelters", ok=True, sentence=words)


def _model(settings: Settings, _places: Places) -> Finding:
    mode = settings.stack.embeddings
    try:
        check_embeddings(mode)
    except UsageError as error:
        return Finding("embeddings", ok=False, sentence=error.message, mend="Set ACCESSA_EMBEDDINGS=lexical.")
    return Finding("embeddings", ok=True, sentence=f"The local embedding model is {mode} and is installed.")


def _budgets(settings: Settings, _places: Places) -> Finding:
    budget = settings_in_force(settings).budget
    words = told_budgets(document_usd=budget.document_usd, user_day_usd=budget.user_day_usd, day_usd=budget.day_usd)
    if budget != settings.budget:
        words = f"{words} These are the running stack's; it takes this shell's by: accessa down, then accessa up"
    return Finding("budgets", ok=True, sentence=words)


def _ports(settings: Settings, _places: Places) -> Finding:
    try:
        ports, notes = choose_ports(port_wishes(settings))
    except UsageError as error:
        return Finding("ports", ok=False, sentence=error.message, mend="Set another port or end the other program.")
    numbers = ", ".join(str(port) for port in ports.values())
    return Finding("ports", ok=True, sentence=" ".join([*notes, f"The stack would use the ports {numbers}."]))


def _leftovers(_settings: Settings, places: Places) -> Finding:
    with unless_locked(places) as idle:
        if not idle or live_state(places):
            words = "Another command is starting or stopping the stack; ask again when it has ended."
            return Finding("leftovers", ok=True, sentence=words)
        count = len(find_leftovers(places)) if places.root.exists() else 0
    if count:
        return Finding(
            "leftovers", ok=False, sentence=f"A crashed stack left {count} process(es).", mend="Run: accessa down"
        )
    return Finding("leftovers", ok=True, sentence="The stack is not running, and nothing of it is left over.")


def _service(service: ServiceStatus) -> Finding:
    words = "healthy" if service.healthy else f"not healthy ({service.state})"
    mend = "" if service.healthy else f"See: accessa logs {service.name}"
    restarts = f", restarted {service.restarts} time(s)" if service.restarts else ""
    return Finding(service.name, service.healthy, f"{service.name} is {words}{restarts}.", mend)


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


_Look = Callable[[Settings, Places], Finding]
_ALWAYS: tuple[_Look, ...] = (_python, _disk, _memory, _folder, _postgres, _shelters, _model, _budgets)
_WHEN_STOPPED: tuple[_Look, ...] = (_ports, _leftovers)
