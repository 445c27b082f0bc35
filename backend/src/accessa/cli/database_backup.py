"""`accessa db backup` and `accessa db restore`: the database of the local stack as a file, and back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import typer

from accessa.cli.audit_news import open_database
from accessa.cli.exit_codes import ExitCode
from accessa.cli.figures import count, moment
from accessa.cli.file_names import as_text
from accessa.cli.local_only import place_on_this_machine, refuse_outside_local
from accessa.cli.output import emit, note, say
from accessa.cli.question import agrees
from accessa.domain.errors import AccessaError, UsageError
from accessa.observe.stored_objects import count_missing
from accessa.pipeline.services import storage_client
from accessa.settings import Settings, load_settings
from accessa.stack import atomic_file, postgres_program, settings_in_force, stack_environment
from accessa.store.backups.making import make_backup
from accessa.store.backups.reading import read_facts
from accessa.store.backups.restoring import restore_backup

_FILE = typer.Argument(metavar="FILE", help="Compressed SQL, such as before.sql.gz.", show_default=False)
_JSON = typer.Option(False, "--json", help="One JSON object.")
_BACKUP = "Only the database of a local stack is backed up by this command"
_RESTORE = "A restore replaces every document"
_NO_OBJECTS = "stored objects are no part of a backup"


def backup_database(file: Path = _FILE, as_json: bool = _JSON) -> None:
    """Write all rows of the local stack, as they are at this moment, into a file.

    The services run on meanwhile. Stored objects are not in it: of a document that is deleted afterwards, a restore
    brings back what search needs, but not its file.
    """
    settings = load_settings()
    refuse_outside_local(settings, _BACKUP)
    _refuse_wrong_place(file)
    dump, url = postgres_program(settings, "pg_dump"), stack_environment(settings)["DATABASE_URL"]
    try:
        with atomic_file(file) as opened:
            facts = asyncio.run(make_backup(dump, url, opened))
    except PermissionError as error:
        sentence = f"{as_text(file)} cannot be written ({error.strerror}); name another."
        raise UsageError("FILE_UNREADABLE", sentence) from None
    size = file.stat().st_size
    if as_json:
        emit({"file": as_text(file), "bytes": size, **facts.model_dump(mode="json")})
        return
    say(f"{as_text(file)}: {count(facts.documents, 'document')}, schema {facts.revision}, {count(size, 'byte')}")
    note(f"note: {_NO_OBJECTS}")
    say(f"to have it back: accessa db restore {as_text(file)}")


def restore_database(
    file: Path = _FILE,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    as_json: bool = _JSON,
) -> ExitCode:
    """Put the rows of a backup in the place of all that the local stack has; as a whole, or not at all.

    A backup of an older schema is migrated. Only in ENVIRONMENT=local and on this machine; use backups of your own, as
    they are run like a program. The exit code is 1 when documents lack their objects in the storage.
    """
    settings = load_settings()
    refuse_outside_local(settings, _RESTORE)
    with _opened(file) as opened:
        return _restore(settings, opened, yes=yes, as_json=as_json)


def _restore(settings: Settings, file: BinaryIO, *, yes: bool, as_json: bool) -> ExitCode:
    facts = read_facts(file)
    url = stack_environment(settings)["DATABASE_URL"]
    place = place_on_this_machine(url, _RESTORE)
    told = f"the {count(facts.documents, 'document')} of {moment(facts.made_at.isoformat())}"
    question = f"Replace everything in {place} by {told}?"
    if not yes and not agrees(question, "to replace everything: accessa db restore FILE --yes"):
        say("nothing was changed")
        return ExitCode.FAILED
    revision = asyncio.run(restore_backup(postgres_program(settings, "psql"), url, file))
    lacking = _count_lacking(settings)
    if as_json:
        emit({**facts.model_dump(mode="json"), "revision": revision, "documents_without_objects": lacking})
    else:
        migrated = "" if revision == facts.revision else f", migrated from {facts.revision}"
        say(f"{place} has {told}, at revision {revision}{migrated}")
        say(f"{_NO_OBJECTS}: {_told_lacking(lacking)}")
    return ExitCode.OK if lacking == 0 else ExitCode.FAILED


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        code = "PATH_MISSING" if isinstance(error, FileNotFoundError) else "FILE_UNREADABLE"
        raise UsageError(code, f"{as_text(file)} cannot be read ({error.strerror}); name another.") from None


def _refuse_wrong_place(file: Path) -> None:
    """Refuse to write a backup into a folder that is not there, or over anything but a backup."""
    if not file.parent.is_dir():
        raise UsageError("PATH_MISSING", f"There is no folder {as_text(file.parent)}; make it or name another.")
    if not file.exists():
        return
    try:
        with _opened(file) as opened:
            read_facts(opened)
    except UsageError:
        raise UsageError("USAGE_WRONG", f"{as_text(file)} is there and is no backup; name another file.") from None


def _count_lacking(settings: Settings) -> int | None:
    """Return how many documents lack an object in the storage; None when it does not answer."""
    try:
        return asyncio.run(_ask_storage(settings_in_force(settings)))
    except AccessaError as error:
        note(f"{error.code}: {error.message}")
        return None


async def _ask_storage(settings: Settings) -> int:
    database = open_database(settings)
    try:
        async with storage_client(settings.storage) as storage:
            return await count_missing(storage, database)
    finally:
        await database.close()


def _told_lacking(lacking: int | None) -> str:
    if lacking is None:
        return "whether each document has its own could not be told"
    if not lacking:
        return "each document has its own in the storage"
    have = "document lacks its own" if lacking == 1 else "documents lack theirs"
    return f"{lacking:,} {have} in the storage; to name them: accessa audit --objects"
