"""Texts that are very long, empty, or of more passages than allowed: work is bounded, and nothing is paid in vain."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from backend.tests.simulators import End, ends

from accessa.domain.errors import PermanentError
from accessa.pipeline import text_stream
from accessa.pipeline.text_stream import streamed_text

if TYPE_CHECKING:
    from backend.tests.house import House

# Prints the characters that came out, and the most memory that the parent and its child ever had, in MB.
MEASURED = """
import asyncio, pathlib, resource, sys, tempfile
from accessa.pipeline.text_stream import streamed_text
async def laid_out_characters():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "text"
        with path.open("w") as file:
            for _ in range(int(sys.argv[2]) // 1000):
                file.write(sys.argv[1] * 1000)
        async with streamed_text(path) as laid_out:
            return laid_out.characters
characters = asyncio.run(laid_out_characters())
unit = 1 if sys.platform == "darwin" else 1024
own, child = (resource.getrusage(who).ru_maxrss * unit for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
if sys.platform == "linux":
    # There a new process takes over the peak of the one that started it.
    status = open("/proc/self/status").read()
    own = int(status.partition("VmHWM:")[2].split()[0]) * 1024
print(characters, own // 1_000_000, child // 1_000_000)
"""
PARTS = [f"## Part {number}\n\n" + f"A sentence of part {number} on storms. " * 40 for number in range(20)]


def measured(unit: str, times: int) -> tuple[int, int, int]:
    """Lay out a text in a process of its own; return its length, and the peaks of parent and child in MB."""
    command = [sys.executable, "-c", MEASURED, unit, str(times)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=200)
    characters, own, child = map(int, done.stdout.split())
    return characters, own, child


@pytest.mark.fault("I5", "one line of 5 MB", "a confined child lays it out; memory is a few times its size", "L4, S6")
def test_a_long_line_takes_bounded_memory() -> None:
    """A text of one line is normal after a while, and neither parent nor child needs much more than it is long."""
    characters, own, child = measured("a", 5_000_000)

    assert 5_000_001 == characters
    assert max(own, child) < 200


@pytest.mark.drill(seconds=60)
@pytest.mark.parametrize(("unit", "times"), [("a", 50_000_000), ("# h\n", 5_000_000)], ids=["line", "headings"])
@pytest.mark.fault("I5", "one line of 50 MB; five million headings", "memory stays bounded", "L4, S6")
def test_texts_of_fifty_megabytes_take_bounded_memory(unit: str, times: int) -> None:
    """The largest texts stay within what their child may have, and the parent within a few copies."""
    characters, own, child = measured(unit, times)

    assert len(unit) * times <= characters
    assert (True, True) == (own < 400, child < 1500)


@pytest.mark.fault("I5", "a text that needs more than its child may have", "FILE_TOO_LARGE, as a sentence", "L4, S14")
async def test_a_text_beyond_its_limits_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A child that does not finish within its limits is ended, and the sentence says what to do."""
    monkeypatch.setattr(text_stream, "_WALL_SECONDS", 0.05)
    (tmp_path / "text").write_bytes(b"a\n" * 1_500_000)
    with pytest.raises(PermanentError) as caught:
        async with streamed_text(tmp_path / "text"):
            pass

    assert "FILE_TOO_LARGE" == caught.value.code
    assert caught.value.message.endswith("split the file.")


@pytest.mark.fault("I5", "a text of more passages than allowed", "TOO_MANY_CHUNKS; nothing is paid", "S6, S10, S14")
@pytest.mark.fault("I5", "a text in which nothing can be found", "PARSE_EMPTY; nothing is paid", "S10, S14")
async def test_nothing_is_paid_for_too_many_passages_or_none(house: House) -> None:
    """A document over the limit of passages, and one without any, end with a code; no passage is kept or embedded."""
    jobs = {
        "many": (await house.upload("\n\n".join(PARTS).encode(), "many.md"))["job_id"],
        "none": (await house.upload(b" \n\n\xe2\x80\x8b\n", "none.md"))["job_id"],
    }
    async with house.with_settings(chunk={"max_count": 3}).worker():
        found = await ends(house, jobs)
    [paid] = await house.rows(
        "SELECT (SELECT count(*) FROM upload_pipeline.provider_calls)"
        " + (SELECT count(*) FROM upload_pipeline.document_chunk_buffer) AS rows"
    )

    assert {
        "many": End("failed_chunking", "TOO_MANY_CHUNKS"),
        "none": End("failed_parse", "PARSE_EMPTY"),
    } == found
    assert 0 == paid["rows"]


@pytest.mark.drill(seconds=240)
@pytest.mark.fault("I5", "a text of a hundred thousand passages", "stored whole, in bounded memory", "S6, L1, L4")
async def test_a_hundred_thousand_passages_are_stored_whole(house: House) -> None:
    """All passages of a very long text are stored in one piece; the process needs a few copies of it at most."""
    sentences = "Of storms and of floods. " * 15
    text = "".join(f"# Part {number}\n\n{sentences}\n\n" for number in range(110_000))
    accepted = await house.upload(text.encode(), "long.md")
    before = peak_megabytes()
    away = house.with_settings(openai={"base_url": "http://127.0.0.1:9/v1"})
    async with away.worker(), asyncio.timeout(240):
        while (job := await house.job(accepted["job_id"]))["error"] is None:
            await asyncio.sleep(1)
    [kept] = await house.rows(
        "SELECT count(*) AS rows, max(chunk_ord) + 1 AS last FROM upload_pipeline.document_chunk_buffer"
    )

    assert ("EMBED_UNAVAILABLE", kept["rows"]) == (job["error"]["code"], kept["last"])
    assert kept["rows"] >= 100_000
    assert peak_megabytes() - before < 900


def peak_megabytes() -> int:
    """Return the most memory that this process ever had."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit // 1_000_000
