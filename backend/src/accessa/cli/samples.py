"""The sample documents of the checkout, and the questions whose answers are known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import accessa
from accessa.domain.errors import UsageError

_FOLDER = Path("testing", "fixtures", "samples")
_QUESTIONS = "expected.json"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and the passage that must be found first."""

    query: str
    filename: str
    must_contain: str


def samples_folder() -> Path:
    """Return the folder of sample documents; raise `UsageError` when this is no checkout."""
    folder = Path(accessa.__file__).parents[3] / _FOLDER
    if not folder.is_dir():
        raise UsageError("PATH_MISSING", "There are no sample documents here; name a folder: accessa db seed FOLDER")
    return folder


def known_question(files: Iterable[Path]) -> Question | None:
    """Return the first known question about one of `files`, or None for documents of somebody's own."""
    names = {(file.parent, file.name) for file in files}
    for folder in {parent for parent, _ in names}:
        for row in _questions_of(folder):
            if (folder, row["filename"]) in names:
                return Question(row["query"], row["filename"], row["must_contain"])
    return None


def _questions_of(folder: Path) -> list[dict[str, Any]]:
    path = folder / _QUESTIONS
    return json.loads(path.read_text("utf-8")) if path.is_file() else []
