"""Loads SQL: one statement per file, named like a sentence."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> str:
    """Return the text of `store/sql/<name>.sql`; a name without a file raises FileNotFoundError."""
    return files("accessa.store").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
