"""Where the local stack keeps its state, and the name by which its processes are known."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import accessa
from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.atomic_files import private_folder

_FOLDER = ".accessa"
_DATA_FOLDERS = ("storage", "llamaparse", "openai")


def home(settings: Settings) -> Path:
    """Return the folder of all local state: ACCESSA_HOME, or `.accessa` beside the checkout, or in this folder.

    Raises `UsageError` SETTINGS_INVALID when ACCESSA_HOME can be no folder, as below a file.
    """
    if settings.stack.home:
        return _usable(settings.stack.home.expanduser().absolute())
    checkout = Path(accessa.__file__).resolve().parents[3]
    start = checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()
    return start / _FOLDER


def _usable(folder: Path) -> Path:
    """Return `folder`, which need not exist yet but must not be barred by something in its place or on its way."""
    try:
        Places(folder).state.stat()
    except FileNotFoundError:
        pass
    except OSError as error:
        sentence = f"The setting ACCESSA_HOME is {folder}, which cannot be used ({error.strerror}); name another."
        raise UsageError("SETTINGS_INVALID", sentence) from None
    return folder


@dataclass(frozen=True, slots=True)
class Places:
    """Every file and folder of one stack, below its home."""

    root: Path

    @property
    def stack_id(self) -> str:
        """The mark that every process of this stack bears in its environment."""
        return hashlib.sha256(os.path.realpath(self.root).encode(errors="surrogateescape")).hexdigest()[:16]

    @property
    def state(self) -> Path:
        """What runs now, as the supervisor last wrote it."""
        return self.root / "stack.json"

    @property
    def plan(self) -> Path:
        """What is to run; private, as it holds the keys."""
        return self.root / "plan.json"

    @property
    def lock(self) -> Path:
        """Held by the command that starts or stops the stack."""
        return self.root / "lock"

    @property
    def secrets(self) -> Path:
        """The random keys of this stack."""
        return self.root / "secrets.json"

    @property
    def logs(self) -> Path:
        """One file a service, one JSON object a line."""
        return self.root / "logs"

    @property
    def postgres(self) -> Path:
        """The password and the data of the database."""
        return self.root / "postgres"

    def prepare(self) -> None:
        """Create the folders; the home itself stays open to the Postgres user, everything private in it does not.

        Several commands may do so at the same moment. Raises `UsageError` STACK_FAILED if that is not possible.
        """
        try:
            self._create()
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise UsageError(
                "STACK_FAILED",
                f"The folder {self.root} cannot be written ({error.strerror}); set ACCESSA_HOME to one that can.",
            ) from None

    def _create(self) -> None:
        with contextlib.suppress(FileExistsError):
            self.root.mkdir(parents=True)
            self.root.chmod(0o755)
            (self.root / ".gitignore").write_text("*\n")
        for folder in (self.logs, *(self.service_folder(name) for name in _DATA_FOLDERS)):
            private_folder(folder)

    def service_folder(self, name: str) -> Path:
        """Return the folder where service `name` keeps its data."""
        return self.root / name
