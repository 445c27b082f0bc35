"""The workers keep the search indexes beside their work: nobody has to ask for one, and no search waits for it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from backend.tests.simulators import ends, new_word

from accessa.apps.worker import search_indexing
from accessa.cli.main import main
from accessa.store.audit import run_checks

if TYPE_CHECKING:
    from backend.tests.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROGRESS = "SELECT count(*) FILTER (WHERE complete) AS complete, coalesce(sum(vectors), 0) AS vectors FROM indexed_sets"
PARTS = 30


def text(word: str) -> bytes:
    """Return a document of many chunks, in each of which stands the word."""
    return "\n\n".join(f"# Part {part}\n\n" + f"Sentence {part} of {word}. " * 40 for part in range(PARTS)).encode()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers look soon again."""
    monkeypatch.setattr(search_indexing, "_LOOK_SECONDS", 0.05)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(shared_house: House) -> House:
    """A house whose workers give everybody an index."""
    return shared_house.with_settings(search={"index_from": 10, "candidates": 100})


async def rows(house: House, sql: str) -> list[Any]:
    """Run a query with the names of our tables."""
    return await house.rows(sql.replace("FROM ", "FROM upload_pipeline."))


async def until(house: House, documents: int) -> int:
    """Wait until so many documents are in an index; return how many vectors that is."""
    async with asyncio.timeout(60):
        while (found := (await rows(house, PROGRESS))[0])["complete"] != documents:
            await asyncio.sleep(0.05)
    return int(found["vectors"])


async def test_workers_fill_an_index_and_follow_the_documents(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Documents get into the index by themselves, and out of it when deleted; the command tells how far it is."""
    word = new_word()
    jobs = {name: await house.upload(text(word + name), f"{name}.md") for name in ("a", "b")}
    async with house.worker():
        await ends(house, {name: job["job_id"] for name, job in jobs.items()})
        both = await until(house, 2)
        found = (await house.api.post("/search", json={"query": f"Sentence 7 of {word}a", "limit": 3})).json()
        await house.api.delete(f"/documents/{jobs['a']['document_id']}")
        left = await until(house, 1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", house.settings.database.url.get_secret_value())
    capsys.readouterr()
    told = await asyncio.to_thread(main, ["search-index", "--recall", "5", "--json"])
    shown = json.loads(capsys.readouterr().out)
    await asyncio.to_thread(main, ["search-index", "--recall", "5"])
    page = capsys.readouterr().out

    assert "a.md" == found["results"][0]["filename"]
    assert 0 < left < both
    assert 0 == told
    assert (left, left, 1) == (shown["vectors"], shown["copied"], shown["documents_complete"])
    assert f"{left} (100%)" in page
    assert "5 questions: finds 100.0% of the nearest 10 passages" in page
    assert (5, 1.0) == (shown["questions"], shown["recall_of_first_10"])
    async with house.services() as services:
        assert [] == [str(finding) for finding in await run_checks(services.database)]


async def test_exact_search_takes_the_indexes_away(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """With SEARCH_INDEX=exact the workers remove what others have made, and the command says why there is none."""
    async with house.with_settings(search={"index": "exact"}).worker(), asyncio.timeout(30):
        while await rows(house, "SELECT index_id FROM search_indexes"):
            await asyncio.sleep(0.05)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", house.settings.database.url.get_secret_value())
    capsys.readouterr()
    said = []
    for mode in ("exact", "auto"):
        monkeypatch.setenv("SEARCH_INDEX", mode)
        await asyncio.to_thread(main, ["search-index"])
        said.append(" ".join(capsys.readouterr().out.split()))

    assert [] == await rows(house, "SELECT chunk_id FROM indexed_vectors")
    assert [
        "There is no search index, as SEARCH_INDEX=exact: every search compares all vectors of its user.",
        "There is no search index: a user gets one with 50,000 vectors; until then a search compares all of them.",
    ] == said
