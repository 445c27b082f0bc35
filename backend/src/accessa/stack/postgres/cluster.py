"""A database cluster on disk: where it lies, its password, its creation, and who may open it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.stack.atomic_files import private_folder, write_atomically
from accessa.stack.command import Identity, bound_command
from accessa.stack.postgres.binaries import Binaries, find_binaries
from accessa.stack.postgres.identity import unprivileged_identity
from accessa.stack.postgres.location import data_folder
from accessa.stack.postgres.remains import clear_remains
from accessa.stack.postgres.shelter import BASES, PASSING_BASES

OWNER = "postgres"
# A fixed, small environment: the user's own PG* variables and locale must not reach the server.
SERVER_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C",
    "TZ": "UTC",
    # In bytes: a statement of some hundred vectors takes megabytes. Given back each time, as by default, they return as
    # page faults, which cost a tenth of all that such statements do.
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TRIM_THRESHOLD_": "16777216",
}
_LOCALES = ("C.UTF-8", "C")  # the second where the system has no C.UTF-8, as older macOS
_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that is ready to be started; `created` tells whether it is new."""

    data: Path
    binaries: Binaries
    identity: Identity | None
    password: str
    created: bool


def _ignore(_data: Path) -> None:
    """Tell nobody."""


def prepare_cluster(
    directory: Path,
    named_binaries: Path | None = None,
    *,
    durable: bool = True,
    on_create: Callable[[Path], None] = _ignore,
) -> Cluster:
    """Return the cluster of `directory`, creating it if there is none; then `on_create` first gets its data folder.

    `directory` keeps the password, mode 0600, and the data; or, if the user that Postgres runs as cannot reach it,
    a record of the folder that keeps the data. Raises `UsageError` STACK_FAILED in plain words.
    """
    _open_directory(directory)
    bases = BASES if durable else PASSING_BASES
    data = data_folder(directory, unprivileged_identity(directory / "data"), bases)
    identity = unprivileged_identity(data)
    binaries = find_binaries(named_binaries, identity)
    created = not _is_cluster(data)
    if created:
        on_create(data)
        _create(data, binaries, identity, _password(directory / "password"), durable=durable)
    _check_version(data, binaries)
    if not (directory / "password").exists():
        _replace_password(directory / "password", data, binaries, identity)
    return Cluster(data, binaries, identity, _password(directory / "password"), created)


def _open_directory(directory: Path) -> None:
    """Create `directory` so that the Postgres user can walk through it to data of its own."""
    if not directory.exists():
        directory.mkdir(parents=True)
        directory.chmod(0o755)


def _is_cluster(data: Path) -> bool:
    try:
        return (data / "PG_VERSION").is_file()
    except PermissionError:
        raise UsageError(
            "STACK_FAILED",
            f"The local database in {data} belongs to another user; start as that user, or set ACCESSA_HOME to "
            "another folder.",
        ) from None


def _password(path: Path) -> str:
    if not path.exists():
        write_atomically(path, _new_password())
    return path.read_text()


def _new_password() -> str:
    return secrets.token_hex(24)


def _replace_password(path: Path, data: Path, binaries: Binaries, identity: Identity | None) -> None:
    """Give the cluster a new password, and keep it only then: a start that is interrupted between is done again."""
    password = _new_password()
    _set_password(data, binaries, identity, password)
    write_atomically(path, password)


def _check_version(data: Path, binaries: Binaries) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != binaries.major:
        raise UsageError(
            "STACK_FAILED",
            f"The local database in {data} was made by Postgres {made_by} and these programs are {binaries.version}; "
            f"set ACCESSA_POSTGRES_BINARIES to a Postgres {made_by}, or ACCESSA_HOME to a new folder.",
        )


def _create(data: Path, binaries: Binaries, identity: Identity | None, password: str, *, durable: bool) -> None:
    """Create the cluster under another name first, so that an interrupted start leaves no half of one."""
    partial = data.with_name("data.partial")
    secret_file = data.with_name("password.partial")
    shutil.rmtree(partial, ignore_errors=True)
    write_atomically(secret_file, password)
    private_folder(partial)
    try:
        for path in (partial, secret_file):
            _hand_over(path, identity)
        _run_initdb(partial, secret_file, binaries, identity, durable=durable)
        partial.rename(data)
    finally:
        secret_file.unlink(missing_ok=True)


def _hand_over(path: Path, identity: Identity | None) -> None:
    if identity:
        shutil.chown(path, identity.user, identity.group)


def _set_password(data: Path, binaries: Binaries, identity: Identity | None, password: str) -> None:
    """Give the cluster a new password where the old one is lost; this needs no connection, so it needs no old one."""
    clear_remains(data)
    command = bound_command([binaries.program("postgres"), "--single", "-D", str(data), "postgres"], identity)
    words = _words_of_failure(command, f"alter role {OWNER} password '{password}'\n")
    if words:
        raise UsageError("STACK_FAILED", f"The local database in {data} could not be given a new password: {words}.")


def _run_initdb(data: Path, secret_file: Path, binaries: Binaries, identity: Identity | None, *, durable: bool) -> None:
    words = ""
    for locale in _LOCALES:
        command = [
            binaries.program("initdb"),
            f"--pgdata={data}",
            f"--username={OWNER}",
            "--auth=scram-sha-256",
            f"--pwfile={secret_file}",
            "--encoding=UTF8",
            f"--locale={locale}",
            "--no-instructions",
            *([] if durable else ["--no-sync"]),
        ]
        words = _words_of_failure(bound_command(command, identity))
        if "locale" not in words:
            break
    if words:
        raise UsageError("STACK_FAILED", f"The local database could not be created: {words}.")


def _words_of_failure(command: tuple[str, ...], said: str = "") -> str:
    """Run `command`, with `said` on its standard input; return nothing if it succeeded, else why it did not."""
    try:
        answer = subprocess.run(
            command,
            cwd="/",
            env=SERVER_ENVIRONMENT,
            input=said,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"it took longer than {_PATIENCE_SECONDS} seconds"
    if answer.returncode == 0:
        return ""
    errors = [line for line in answer.stderr.splitlines() if "error" in line.lower()]
    return (errors or answer.stderr.splitlines() or [f"it ended with code {answer.returncode}"])[0].strip(" .")
