"""The file .env of the compose project: keys, ports and profiles, made once and the user's to edit."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from accessa.settings import Settings, process_environment
from accessa.stack.atomic_files import write_atomically
from accessa.stack.blueprint import DATABASE, tuned
from accessa.stack.containers.profiles import OBSERVABILITY, REAL, chosen_profiles
from accessa.stack.containers.project import Project
from accessa.stack.containers.provider_values import real_providers, simulators
from accessa.stack.credentials import Credentials, load_credentials
from accessa.stack.environment import is_setting, stack_variables
from accessa.stack.ports import LOOPBACK, PortWish, choose_ports, is_free
from accessa.stack.service_table import port_wishes

_HEAD = """\
# The containers of Accessa: docker-compose.yml is filled in with this. `accessa up --docker` writes ports, number of
# workers, and for the profile `mocks` keys and model of the simulators; the other lines stay as you edit them. It holds
# keys: keep it to yourself.
"""
# Names of their own, so that no key for a service elsewhere, in somebody's shell, gets into a container.
_KEYS = {
    "ACCESSA_STORAGE_JWT_SECRET": "jwt_secret",
    "ACCESSA_STORAGE_KEY": "service_role_key",
    "ACCESSA_LLAMAPARSE_KEY": "llamaparse_api_key",
    "ACCESSA_WEBHOOK_SECRET": "llamaparse_webhook_secret",
    "ACCESSA_OPENAI_KEY": "openai_api_key",
}
_RENAMED = {
    "LLAMAPARSE_BASE_URL": "ACCESSA_LLAMAPARSE_URL",
    "OPENAI_BASE_URL": "ACCESSA_OPENAI_URL",
    "EMBED_MODEL": "ACCESSA_EMBED_MODEL",
    "EMBED_DIMENSIONS": "ACCESSA_EMBED_DIMENSIONS",
    "MONITOR_TOKEN": "ACCESSA_MONITOR_TOKEN",
}
_OF_REAL_PROVIDERS = {"ACCESSA_LLAMAPARSE_URL", "ACCESSA_OPENAI_URL", "ACCESSA_PUBLIC_URL"}
_OBSERVERS = (
    PortWish("prometheus", 9090, "ACCESSA_PROMETHEUS_PORT"),
    PortWish("alertmanager", 9093, "ACCESSA_ALERTMANAGER_PORT"),
    PortWish("grafana", 3001, "ACCESSA_GRAFANA_PORT"),
)


def prepare(
    project: Project, settings: Settings, workers: int, profiles: Sequence[str] = (), *, held: Collection[int] = ()
) -> list[str]:
    """Bring .env and the tuning of the services up to date; return a sentence for each port that moved.

    The ports `held` by containers of the project are its own. Raises `UsageError` NO_FREE_PORT, SETTINGS_INVALID or
    USAGE_WRONG.
    """
    known = project.variables()
    chosen = chosen_profiles(profiles or known.get("COMPOSE_PROFILES", "").split(","))
    ports, notes = _ports(settings, known, held, observed=OBSERVABILITY in chosen)
    local = load_credentials(project.places.secrets)
    wanted = {
        "COMPOSE_PROJECT_NAME": project.name,
        "COMPOSE_PROFILES": ",".join(chosen),
        "ACCESSA_IMAGE": known.get("ACCESSA_IMAGE", f"{project.name}:local"),
        "ACCESSA_WORKERS": str(workers),
        "ACCESSA_TUNING": str(project.tuning_file),
        **ports,
        "ACCESSA_DATABASE_PASSWORD": known.get("ACCESSA_DATABASE_PASSWORD", secrets.token_urlsafe(24)),
        "ACCESSA_MONITOR_TOKEN": known.get("ACCESSA_MONITOR_TOKEN", secrets.token_urlsafe(24)),
        "ACCESSA_GRAFANA_PASSWORD": known.get("ACCESSA_GRAFANA_PASSWORD", secrets.token_urlsafe(18)),
        "ACCESSA_STORAGE_JWT_SECRET": known.get("ACCESSA_STORAGE_JWT_SECRET", local.jwt_secret),
        "ACCESSA_STORAGE_KEY": known.get("ACCESSA_STORAGE_KEY", local.service_role_key),
        **(real_providers(settings, known, local) if REAL in chosen else simulators(settings, local)),
    }
    _write(project, known, wanted)
    own = services_variables(project, settings, wanted)
    given = process_environment() if REAL in chosen else tuned(settings)
    tuning = {name: value for name, value in sorted(given.items()) if is_setting(name) and name not in own}
    write_atomically(project.tuning_file, "".join(f"{name}={_quoted(value)}\n" for name, value in tuning.items()))
    return notes


def services_variables(project: Project, settings: Settings, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the services with the addresses at which this machine reaches them."""
    ports = {wish.service: int(variables.get(wish.variable, wish.usual)) for wish in port_wishes(settings)}
    password = variables["ACCESSA_DATABASE_PASSWORD"]
    own = stack_variables(
        home=project.places.root,
        ports=ports,
        database_url=f"postgresql://postgres:{password}@{LOOPBACK}:{ports['postgres']}/{DATABASE}",
        credentials=Credentials(**{field: variables[name] for name, field in _KEYS.items()}),
        embeddings=variables.get("ACCESSA_EMBEDDINGS", "semantic"),
    )
    monitoring = {"ALERT_MONITOR_URL": f"http://{LOOPBACK}:{ports['monitoring']}"}
    return own | monitoring | {name: variables[ours] for name, ours in _RENAMED.items() if variables.get(ours)}


def _ports(
    settings: Settings, known: Mapping[str, str], held: Collection[int], *, observed: bool
) -> tuple[dict[str, str], list[str]]:
    wishes = [*port_wishes(settings), *(_OBSERVERS if observed else ())]
    usual = [replace(wish, usual=int(known.get(wish.variable) or wish.usual)) for wish in wishes]
    chosen, notes = choose_ports(usual, lambda port: port in held or is_free(port))
    return {wish.variable: str(chosen[wish.service]) for wish in wishes}, notes


def _write(project: Project, known: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Put what is wanted into the file; the other lines, and the order of all, stay as they are."""
    lines = project.env_file.read_text().splitlines() if project.env_file.exists() else _HEAD.splitlines()
    missing = dict(wanted)
    kept = []
    for line in lines:
        name = line.partition("=")[0].strip()
        if name in missing:
            value = missing.pop(name)
            kept.append(line if known.get(name) == value else f"{name}={value}")
        elif name not in _OF_REAL_PROVIDERS:
            kept.append(line)
    kept += [f"{name}={value}" for name, value in missing.items()]
    write_atomically(project.env_file, "\n".join([*kept, ""]))


def _quoted(value: str) -> str:
    """Return a value as compose takes it, word for word."""
    if "'" not in value:
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
