"""Which of the chosen files would buy nothing, as the user has sent the same bytes before."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from accessa.cli.api_client import ApiClient

_MOST_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Newcomers:
    """The files that have to be paid for, and how many of the others there are."""

    files: list[Path]
    known: int


async def find_new(api: ApiClient, files: Sequence[Path]) -> Newcomers:
    """Tell the new files from those that the API knows, and from those that are there twice."""
    hashes = [await asyncio.to_thread(_sha256, path) for path in files]
    wanted = sorted({sha256 for sha256 in hashes if sha256})
    known: set[str | None] = set()
    for start in range(0, len(wanted), _MOST_AT_ONCE):
        known.update(await api.known_files(wanted[start : start + _MOST_AT_ONCE]))
    new: list[Path] = []
    for path, sha256 in zip(files, hashes, strict=True):
        if sha256 not in known:
            new.append(path)
            known.add(sha256)
    return Newcomers(new, len(files) - len(new))


def _sha256(path: Path) -> str | None:
    """Return the hash of a file, or None when it cannot be read: its upload will say so."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
