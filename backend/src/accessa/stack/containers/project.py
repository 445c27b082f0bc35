"""Which compose project belongs to a home: its checkout, its name, and the file with its keys and ports."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import accessa
from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.places import Places, home

_REQUIRED = re.compile(r"\$\{(\w+):\?")
COMPOSE_FILE = "docker-compose.yml"
_NO_CHECKOUT = (
    "There is no docker-compose.yml here: containers are built from a checkout of Accessa; clone it and start there."
)


@dataclass(frozen=True, slots=True)
class Project:
    """The containers of one home: `checkout` holds docker-compose.yml, `env_file` what is filled in there."""

    places: Places
    checkout: Path
    env_file: Path

    @property
    def name(self) -> str:
        """The name of the compose project, which no other home on this machine has."""
        return f"accessa-{self.places.stack_id[:8]}"

    @property
    def tuning_file(self) -> Path:
        """The settings of the services that the user's shell and .env.local tune."""
        return self.places.root / "tuning.env"

    def required(self) -> set[str]:
        """Return the names that docker-compose.yml cannot do without."""
        return set(_REQUIRED.findall((self.checkout / COMPOSE_FILE).read_text("utf-8")))

    def variables(self) -> Mapping[str, str]:
        """Return what is in the env file; empty before the first start."""
        from dotenv import dotenv_values  # noqa: PLC0415

        return {name: value for name, value in dotenv_values(self.env_file, interpolate=False).items() if value}


def project_of(settings: Settings) -> Project:
    """Return the project of this home; raises `UsageError` PATH_MISSING where there is no checkout."""
    checkout = Path(accessa.__file__).resolve().parents[3]
    if not (checkout / COMPOSE_FILE).is_file():
        raise UsageError("PATH_MISSING", _NO_CHECKOUT)
    places = Places(home(settings))
    # `docker compose` alone reads .env beside its own file, so that is where the usual home has it.
    folder = places.root if settings.stack.home else checkout
    return Project(places, checkout, folder / ".env")
