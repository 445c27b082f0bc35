"""File names as people gave them, made harmless; they are shown, never used as a path."""

from __future__ import annotations

import unicodedata

LONGEST = 120


def clean_filename(given: str | None) -> str:
    """Return the last part of a path without control or invisible characters, at most 120 characters long."""
    last = (given or "").replace("\\", "/").rsplit("/", 1)[-1]
    readable = last.encode("utf-8", "replace").decode("utf-8")
    visible = "".join(char for char in readable if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    name = unicodedata.normalize("NFC", " ".join(visible.split())).strip(". ")
    return _shorten(name) if name else "unnamed"


def _shorten(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10:  # noqa: PLR2004 - a longer ending is no extension
        return name[:LONGEST].rstrip(". ")
    return stem[: LONGEST - len(extension) - 1] + "." + extension
