"""Which services there are: from the state file of the local stack's supervisor, else from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import orjson

from accessa.settings import Settings

STATE_FILE = "stack.json"
# The state of a service that only the settings know.
UNSUPERVISED = "unsupervised"


@dataclass(frozen=True, slots=True)
class Service:
    """One service as its supervisor tells of it; `url` carries no password, a `once` service ends when it is done."""

    name: str
    state: str
    url: str | None
    pid: int | None
    restarts: int
    once: bool = False


def known_services(settings: Settings) -> list[Service]:
    """Return the supervised services, or the addresses that the settings name when no supervisor left a state file."""
    return read_services(settings.stack.home) or _services_of_settings(settings)


def read_services(home: Path | None) -> list[Service]:
    """Return the services that `home`/stack.json lists; none while the file is absent, half-written or foreign."""
    if home is None:
        return []
    try:
        state = orjson.loads((home / STATE_FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return []
    listed = state.get("services") if isinstance(state, dict) else None
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    return [_service(row) for row in rows if isinstance(row.get("name"), str)]


def _services_of_settings(settings: Settings) -> list[Service]:
    addresses = {
        "postgres": settings.database.url.get_secret_value(),
        "supabase-storage": settings.storage.url,
        "api-server": settings.api.public_url,
        "mock-llamaparse": settings.parse.base_url,
        "mock-openai": settings.openai.base_url,
    }
    # An https address is a provider on the internet: it is nobody's place to ask its health every two seconds.
    ours = {name: url for name, url in addresses.items() if url and not url.startswith("https:")}
    return [Service(name, UNSUPERVISED, _without_password(url), pid=None, restarts=0) for name, url in ours.items()]


def _service(row: Mapping[str, object]) -> Service:
    url, pid, state, restarts = row.get("url"), row.get("pid"), row.get("state"), row.get("restarts")
    return Service(
        name=str(row["name"]),
        state=state if isinstance(state, str) else "unknown",
        url=_without_password(url) if isinstance(url, str) and url else None,
        pid=pid if isinstance(pid, int) else None,
        restarts=restarts if isinstance(restarts, int) else 0,
        once=row.get("once") is True,
    )


def _without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "unreadable address"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
