"""Large texts: what their children make is what small texts become, and it takes the worker no memory."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from contextlib import aclosing
from pathlib import Path
from uuid import UUID

import orjson
import psutil
import pytest

from accessa.domain.errors import PermanentError
from accessa.pipeline import text_stream
from accessa.pipeline.text_layout import LaidOutText
from accessa.pipeline.text_stream import streamed_text
from accessa.pipeline.text_work import chunk_rows, laid_out_chunks
from accessa.store.chunks import ChunkRow

DOCUMENT = UUID("11111111-1111-4111-8111-11111111111b")
CHUNKER = ("markdown-simple", "1")
PARAGRAPH = "Of storms and of floods, which are insured. " * 12
PROSE = "".join(f"## Part {number}\n\n{PARAGRAPH}\n\n* one\n  * two\n\n" for number in range(1100))
NESTED_LINK = "\n[![A storm](storm.png)](http://x.y)\n"
REFERENCE = "\nSee [storms] there.\n\n[storms]: http://x.y\n"

# Prints the chunks, and the most memory that this process and its children ever had, in MB.
MEASURED = """
import asyncio, resource, sys, uuid
from pathlib import Path
from accessa.pipeline.text_stream import streamed_text
async def main():
    async with streamed_text(Path(sys.argv[1])) as text:
        return sum([len(rows) async for rows in text.rows(uuid.UUID(int=1), ("markdown-simple", "1"))])
chunks = asyncio.run(main())
unit = 1 if sys.platform == "darwin" else 1024
own, children = (resource.getrusage(who).ru_maxrss * unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
if sys.platform == "linux":
    # There a new process takes over the peak of the one that started it.
    own = int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0]) * 1024
print(chunks, own // 1_000_000, children // 1_000_000)
"""


async def streamed(path: Path, *, holds_pages: bool = False) -> tuple[LaidOutText, list[ChunkRow]]:
    """Return what the children make of a file."""
    async with streamed_text(path, holds_pages=holds_pages) as text:
        content = text.content_path.read_bytes()
        rows = [row async for some in text.rows(DOCUMENT, CHUNKER) for row in some]
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (text.sha256, text.size)
    facts = (text.characters, text.page_starts, text.pages_without_text, text.removed_characters)
    return LaidOutText(content, *facts), rows


def at_once(pages: list[str]) -> tuple[LaidOutText, list[ChunkRow]]:
    """Return what a text of ordinary size becomes."""
    text, chunks = laid_out_chunks(pages)
    return text, chunk_rows(DOCUMENT, CHUNKER, chunks)


@pytest.mark.parametrize("end", ["", NESTED_LINK, REFERENCE, "\u200b"], ids=["plain", "link", "reference", "forbidden"])
async def test_a_streamed_file_makes_the_same_rows(tmp_path: Path, end: str) -> None:
    """Text, facts, ids, hashes and places are those of a small text, whatever has to be done anew on the way."""
    path = tmp_path / "source"
    path.write_bytes((PROSE + end).encode())

    assert at_once([PROSE + end]) == await streamed(path)


async def test_another_encoding_and_an_empty_file_are_read(tmp_path: Path) -> None:
    """The encoding is found as for small files; a text without anything has a page without text."""
    western, empty = tmp_path / "western", tmp_path / "empty"
    western.write_bytes(f"{PARAGRAPH} Sturmschäden über 5 £.\n".encode("cp1252"))
    empty.write_bytes(b"")

    assert at_once([f"{PARAGRAPH} Sturmschäden über 5 £.\n"]) == await streamed(western)
    assert at_once([""]) == await streamed(empty)


async def test_streamed_pages_make_the_same_rows(tmp_path: Path) -> None:
    """Pages of a parser keep their numbers, those without text too."""
    pages = [f"# Page {number}\n\n{PARAGRAPH}" if number % 7 else "" for number in range(300)]
    path = tmp_path / "pages.json"
    path.write_bytes(orjson.dumps(pages))

    assert at_once(pages) == await streamed(path, holds_pages=True)


async def test_a_child_is_gone_when_its_rows_are_no_longer_wanted(tmp_path: Path) -> None:
    """Whoever stops after the first rows leaves no process behind."""
    path = tmp_path / "source"
    path.write_bytes(PROSE.encode() * 3)
    async with streamed_text(path) as text, aclosing(text.rows(DOCUMENT, CHUNKER)) as rows:
        first = await anext(rows)

    assert 1000 == len(first)
    assert not [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "chunk_rows_child" in " ".join(child.cmdline())
    ]


@pytest.mark.fault("I5", "a text that needs more than its child may have", "FILE_TOO_LARGE, as a sentence", "L4, S14")
async def test_a_streamed_text_beyond_its_limits_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that does not answer in time is ended, and the sentence says what to do."""
    monkeypatch.setattr(text_stream, "_WALL_SECONDS", 0.001)
    path = tmp_path / "source"
    path.write_bytes(PROSE.encode())
    with pytest.raises(PermanentError) as caught:
        await streamed(path)

    assert "FILE_TOO_LARGE" == caught.value.code


@pytest.mark.fault("I5", "a text of 6 MB", "neither worker nor child hold more than parts of it", "L4, S6")
def test_a_large_text_takes_little_memory(tmp_path: Path) -> None:
    """A text of 6 MB takes no more memory than the programs themselves and a few parts."""
    path = tmp_path / "source"
    path.write_bytes(PROSE.encode() * 10)
    command = [sys.executable, "-c", MEASURED, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=100)
    chunks, own, children = map(int, done.stdout.split())

    assert chunks > 10_000
    assert (True, True) == (own < 100, children < 100)
