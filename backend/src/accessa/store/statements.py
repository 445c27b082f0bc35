"""Loads SQL: one statement per file, named like a sentence."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_NAMES: dict[str, str] = {}
_MARK = "-- "
_COMMENTS = re.compile(r"\A(?:\s*--[^\n]*\n)+")


@cache
def load(name: str) -> str:
    """Return the text of `store/sql/<name>.sql`; a name without a file raises FileNotFoundError."""
    text = files("accessa.store").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    _NAMES[text] = name
    return text


def filled(name: str, **values: object) -> str:
    """Return the text of a statement with `values` in its places; its first line is its name, by which it is known."""
    return f"{_MARK}{name}\n{load(name).format(**values)}"


def name_of(text: str) -> str:
    """Return the name of a statement; one that no file holds is called by its first word."""
    first_line = text.partition("\n")[0]
    if name := _NAMES.get(text) or (first_line.startswith(_MARK) and _known(first_line.removeprefix(_MARK))):
        return name
    return _COMMENTS.sub("", text).strip().partition("\n")[0].partition(" ")[0].strip(";").upper()


def _known(name: str) -> str | None:
    return name if name in _NAMES.values() else None
