"""Loads SQL: one statement per file, named like a sentence."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

_NAMES: dict[str, str] = {}


@cache
def load(name: str) -> str:
    """Return the text of `store/sql/<name>.sql`; a name without a file raises FileNotFoundError."""
    text = files("accessa.store").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    _NAMES[text] = name
    return text


def name_of(text: str) -> str:
    """Return the name of a statement; one that no file holds is called by its first word."""
    return _NAMES.get(text) or text.lstrip().partition(" ")[0].strip(";").upper()
