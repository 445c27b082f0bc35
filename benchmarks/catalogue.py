"""The catalogues of what is measured beside the product: `peers/catalogue.toml` and `queues/catalogue.toml`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """One system: the script that runs it, what that needs, and for which Python it is.

    An `optional` one, which is large, is measured only when it is asked for. Those of one `environment` share it.
    """

    name: str
    title: str
    script: Path
    environment: str
    requirements: Path
    python: str
    optional: bool
    count_sql: str
    sample_sql: str
    endpoint: Mapping[str, Any]

    @property
    def fits(self) -> bool:
        """Whether it can be installed for this Python."""
        return ".".join(map(str, sys.version_info[:3])) in SpecifierSet(self.python)


def read_catalogue(kind: str) -> list[Entry]:
    """Return the entries of `peers` or `queues`; none where that folder has no catalogue."""
    folder = HERE / kind
    path = folder / "catalogue.toml"
    if not path.exists():
        return []
    return [_entry(folder, row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["system"]]


def _entry(folder: Path, row: Mapping[str, Any]) -> Entry:
    return Entry(
        name=row["name"],
        title=row["title"],
        script=folder / row["script"],
        environment=row["environment"],
        requirements=folder / row["requirements"],
        python=row["python"],
        optional=row["optional"],
        count_sql=row["count_sql"],
        sample_sql=row.get("sample_sql", ""),
        endpoint=row.get("endpoint", {}),
    )
