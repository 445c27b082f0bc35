"""Whatever is handed in, the answer is a plain sentence with a stable code, and an exit code that tells the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from .conftest import Stack

BROKEN = {
    "empty.pdf": ("rejected", "FILE_EMPTY"),
    "truncated.pdf": ("failed_parse", "FILE_BROKEN"),
    "protected.pdf": ("failed_parse", "FILE_PROTECTED"),
    "scan-without-text.pdf": ("failed_parse", "NEEDS_OCR"),
    "zip-bomb.docx": ("failed_parse", "FILE_UNPACKS_TOO_LARGE"),
    "image.png": ("rejected", "UNSUPPORTED_TYPE"),
}
NAMES = [
    "a b (1).md",
    "ümläut 文書.md",
    "-dash.md",
    "%2e%2e.md",
    "x" * 200 + ".md",
    "quote'\".md",
    "\u202egnp.md",
]


def test_a_bad_file_is_told_as_what_it_is(stack: Stack, fixtures: Path) -> None:
    """Each bad file gets a JSON row with its status, code and sentence, and the exit code is 1."""
    ran = stack.accessa("ingest", "--json", *(fixtures / "broken" / name for name in BROKEN))

    told = {Path(row["path"]).name: (row["status"], row["error"]["code"]) for row in ran.rows}
    assert (1, BROKEN) == (ran.code, told)
    assert all(row["error"]["message"].endswith(".") for row in ran.rows)


def test_good_files_go_on_beside_a_bad_one(stack: Stack, fixtures: Path, tmp_path: Path) -> None:
    """A missing path does not keep the others from being ingested; the exit code tells that one failed."""
    good = fixtures / "samples" / "glossary.md"
    ran = stack.accessa("ingest", good, tmp_path / "missing.pdf", good, "--json", "--user", str(uuid4()))

    outcomes = sorted((row["status"], (row["error"] or {}).get("code")) for row in ran.rows)
    assert (1, [("complete", None), ("complete", None), ("rejected", "PATH_MISSING")]) == (ran.code, outcomes)


@pytest.mark.parametrize("arguments", [("ingest", "/no/such/file.pdf"), ("search",)])
def test_wrong_usage_exits_with_2_and_a_sentence(stack: Stack, arguments: tuple[str, ...]) -> None:
    """Wrong usage is told on standard error, without a traceback."""
    ran = stack.accessa(*arguments)

    assert (2, "") == (ran.code, ran.out)
    assert ran.err
    assert "Traceback" not in ran.err


def test_without_a_stack_the_mending_command_is_named(tmp_path: Path, stack: Stack) -> None:
    """A command that needs the stack says how to start it, and exits with 2."""
    other = type(stack)(tmp_path / "nothing here")
    ran = other.accessa("search", "words")

    assert (2, "") == (ran.code, ran.out)
    assert "accessa up" in ran.err


@pytest.mark.fault(
    "I3",
    "a file name that climbs folders and turns the reading direction",
    "the storage knows ids only; the name is kept in a readable form",
    "S12",
)
def test_a_hostile_file_name_is_only_a_name(stack: Stack, tmp_path: Path) -> None:
    """Any name the disk allows is ingested, and never used as a path or an option."""
    for name in NAMES:
        (tmp_path / name).write_text(
            f"# Heading\n\nThe text of the file with the odd name number {sum(map(ord, name))}.\n"
        )
    ran = stack.accessa("ingest", "--json", "--", *(tmp_path / name for name in NAMES))

    assert (0, ["complete"] * len(NAMES)) == (ran.code, [row["status"] for row in ran.rows])
