"""Decides which files a list of paths means: files as they are, folders with all that can be ingested in them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from accessa.cli.figures import count
from accessa.cli.file_names import as_text
from accessa.domain.errors import AccessaError, PermanentError, UsageError
from accessa.domain.file_types import PDF, SAMPLE_BYTES, sniff

# Only a folder is sorted, mostly by suffix; a file that is named is uploaded, and the API judges its content.
SUFFIXES = frozenset({".pdf", ".docx", ".html", ".htm", ".md", ".markdown", ".txt", ".text"})
_NAMES_TOLD = 3

_LEADS_NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
_ADVICE = {
    errno.EACCES: "check its permissions",
    errno.EPERM: "check its permissions",
    errno.ENOENT: "it was there a moment ago, so look whether it was moved",
    errno.ENAMETOOLONG: "give it a shorter name",
}


@dataclass(slots=True)
class Choice:
    """What was found: the files to upload, the paths that cannot be, and notes on what was left out."""

    files: list[Path] = field(default_factory=list)
    refused: list[tuple[Path, AccessaError]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def nothing_found(self) -> bool:
        """Tell whether no path led to anything, which is wrong usage rather than a failed document."""
        return not self.files and all(isinstance(error, UsageError) for _, error in self.refused)


def choose(paths: Iterable[Path]) -> Choice:
    """Look at each path, in the order given."""
    choice = Choice()
    for path in paths:
        try:
            _choose_path(path, choice)
        except OSError as error:
            choice.refused.append((path, unreadable(error)))
    return choice


def _choose_path(path: Path, choice: Choice) -> None:
    if path.is_dir():
        _choose_folder(path, choice)
    elif not os.path.lexists(path):
        sentence = f"There is no file or folder at {as_text(path)}; check the spelling."
        choice.refused.append((path, UsageError("PATH_MISSING", sentence)))
    else:
        _choose_file(path, choice)


def _choose_file(path: Path, choice: Choice) -> None:
    if error := _fault_of(path):
        choice.refused.append((path, error))
    else:
        choice.files.append(path)


def _fault_of(path: Path) -> AccessaError | None:
    """Return why the file cannot be uploaded; a pipe or device is told apart before it could block."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return PermanentError("FILE_UNREADABLE", "This is no regular file; name a file or a folder.")
        with path.open("rb"):
            return None
    except OSError as error:
        return _link_to_nowhere(path) if error.errno in _LEADS_NOWHERE and path.is_symlink() else unreadable(error)


def _link_to_nowhere(path: Path) -> AccessaError:
    target = as_text(path.readlink())
    sentence = f"This link leads nowhere: there is no file at its target {target}; mend it or name the file itself."
    return PermanentError("FILE_UNREADABLE", sentence)


def unreadable(error: OSError) -> AccessaError:
    """Say why the system does not let a file or folder be read."""
    advice = _ADVICE.get(error.errno or 0, "check the disk or share it lies on")
    return PermanentError("FILE_UNREADABLE", f"It cannot be read ({error.strerror}); {advice}.")


def _choose_folder(folder: Path, choice: Choice) -> None:
    before = len(choice.files) + len(choice.refused)
    skipped: list[str] = []
    for entry in _walk(folder, choice):
        if _belongs(entry):
            _choose_file(entry, choice)
        else:
            skipped.append(as_text(entry.relative_to(folder)))
    if skipped:
        what = f"{count(len(skipped), 'file')} in {as_text(folder)}"
        choice.notes.append(f"note: skipped {what}, for being hidden or of another type: {_named(skipped)}")
    if len(choice.files) + len(choice.refused) == before:
        sentence = f"The folder {as_text(folder)} holds no file that can be ingested; name another folder or file."
        choice.refused.append((folder, UsageError("FOLDER_EMPTY", sentence)))


def _belongs(entry: Path) -> bool:
    """Tell whether a file of a folder is a document, which many a one is without the suffix."""
    if entry.name.startswith("."):
        return False
    if entry.suffix.lower() in SUFFIXES:
        return True
    try:
        if not stat.S_ISREG(entry.stat().st_mode):
            return False
        with entry.open("rb") as stream:
            kind = sniff(stream.read(SAMPLE_BYTES), entry.name)
    except OSError:
        return False
    return kind is PDF or (kind is not None and kind.needs_parser and not entry.suffix)


def _named(names: list[str]) -> str:
    """Return the first names of a list, and how many follow."""
    left = len(names) - _NAMES_TOLD
    return ", ".join(names[:_NAMES_TOLD]) + (f" and {left} more" if left > 0 else "")


def _walk(folder: Path, choice: Choice) -> Iterator[Path]:
    """Give every file below `folder`, sorted; a hidden folder as one entry, a closed one as refused."""

    def refuse(error: OSError) -> None:
        choice.refused.append((Path(error.filename), unreadable(error)))

    for place, folders, names in os.walk(folder, onerror=refuse):
        hidden = [name for name in folders if name.startswith(".")]
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names + hidden):
            yield Path(place, name)
