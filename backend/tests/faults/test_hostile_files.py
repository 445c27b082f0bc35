"""Files that are built to harm: none is opened outside a confined child, and each ends with a code."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from backend.tests.faults import hostile_files
from backend.tests.faults.hostile_files import archive, entity_archive, nested_archive
from backend.tests.simulators import Simulator, ends, new_word, page

from accessa.pipeline.archive_inspection import inspect_archive

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

MOST_BYTES = 300_000_000
BOMB = {"code": "FILE_UNPACKS_TOO_LARGE"}
BROKEN = {"code": "FILE_BROKEN"}
SUM_OF_NESTED = 1_001_648
# The pages of some are blank, which is found out without harm.
CODES = {
    "nested Flate": "FILE_TOO_LARGE",
    "circular pages": "NEEDS_OCR",
    "circular cross-reference": "FILE_BROKEN",
    "a hundred million pages": "NEEDS_OCR",
    "deep nesting": "FILE_BROKEN",
    "object stream": "FILE_BROKEN",
}

CONFINED = """
import os, socket, sys
from accessa.pipeline.confinement import confine

def attempt(name, action):
    try:
        action()
    except (OSError, MemoryError):
        print(name)

kept = open(sys.argv[1], "r+b", buffering=0)
confine(memory_bytes=1_000_000_000, cpu_seconds=30)
attempt("socket", lambda: socket.socket())
attempt("file", lambda: open(sys.argv[1]))
attempt("write", lambda: kept.write(b"x"))
attempt("memory", lambda: bytearray(2_000_000_000))
os.close(0)
attempt("freed", lambda: open("/proc/self/environ"))
"""
SHUT_OUT = """
import socket
from mock_providers.llamaparse.parsing.limits import shut_out
shut_out()
try:
    socket.socket()
except PermissionError:
    print("socket")
"""


def printed(program: str, *arguments: str) -> list[str]:
    """Run a program in a process of its own; return the lines that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True, timeout=30
    )
    return done.stdout.split()


@pytest.mark.fault(
    "I2",
    "whatever a hostile file makes its reader do",
    "the reader is a child without network, files, or more memory than it may have",
    "L4",
)
def test_a_child_that_reads_files_is_confined(tmp_path: Path) -> None:
    """It can open no socket and no file, whatever it closes, write nothing, and take no more memory."""
    (tmp_path / "file").touch()
    memory = ["memory"] if sys.platform == "linux" else []

    assert ["socket", "file", "write", *memory, "freed"] == printed(CONFINED, str(tmp_path / "file"))
    assert ["socket"] == printed(SHUT_OUT)


@pytest.mark.fault(
    "I2",
    "archives that lie about their sizes, share bytes among entries, nest, or hold entities that double",
    "counted while they are unpacked to nowhere, and refused at the limit",
    "L4, S14",
)
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (archive(), {"unpacked_bytes": 13}),
        (nested_archive(2), {"unpacked_bytes": SUM_OF_NESTED}),
        (nested_archive(9), BOMB),
        (hostile_files.lying_archive(), BOMB),
        (hostile_files.overlapping_archive(), BOMB),
        (archive(("zeros", bytes(30_000_000))), BOMB),
        (entity_archive("utf-8"), BOMB),
        (entity_archive("utf-16"), BOMB),
        (archive(("zeros", bytes(1_000_001))), {"unpacked_bytes": 1_000_014}),
        (archive(method=12), BROKEN),
        (hostile_files.shortened_archive(), BROKEN),
        (hostile_files.drawn_out_archive(), BOMB),
    ],
    ids=[
        "sound",
        "nested twice",
        "nested deep",
        "lying",
        "overlapping",
        "ratio",
        "entities",
        "entities 16",
        "odd size",
        "bzip2",
        "shortened",
        "drawn out",
    ],
)
def test_an_archive_is_measured_and_not_believed(content: bytes, found: dict[str, object]) -> None:
    """What comes out is counted, whatever the archive says; only its own kind of packing is taken."""
    assert found == inspect_archive(io.BytesIO(content), MOST_BYTES)


@pytest.mark.fault(
    "I2",
    "PDFs with nested Flate, circles, deep nesting or a hundred million pages; a Word file that is a bomb",
    "each ends with a code, within its limits, while the others go on; nothing is embedded for them",
    "L4, L5, S10, S14",
)
async def test_hostile_files_end_with_a_code_and_harm_no_other(house: House, outside: Outside) -> None:
    """Uploaded together they all end, most of them before anything was bought, and a document beside them completes."""
    embedder, files = Simulator(outside, "openai"), hostile_files.PDFS
    await embedder.begin()
    jobs = {name: (await house.upload(build(), "hostile.pdf"))["job_id"] for name, build in files.items()}
    jobs["entities"] = (await house.upload(entity_archive("utf-8"), "hostile.docx"))["job_id"]
    jobs["sound"] = (await house.upload(page(new_word()), "page.html"))["job_id"]
    await house.rows("UPDATE upload_pipeline.upload_jobs SET max_attempts = 1")
    async with house.worker(jobs_at_once=8):
        found = await ends(house, jobs)

    codes = {name: end.code for name, end in found.items()}
    assert CODES | {"entities": "FILE_UNPACKS_TOO_LARGE", "sound": None} == codes
    assert (1, 0) == await embedder.billed()
