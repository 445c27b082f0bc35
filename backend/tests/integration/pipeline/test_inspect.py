"""`accessa inspect`: one document of whomever, on one screen, held against what the storage has."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest

from accessa.cli.main import main
from accessa.store import migrate

if TYPE_CHECKING:
    from backend.tests.house import House

WORDS = "The secret of the house is kept under the third stair."
TEXT = f"# Keys\n\n{WORDS}\n\n# Doors\n\n{'No door is ever locked in this house. ' * 60}\n".encode()
DOCUMENT = """
INSERT INTO upload_pipeline.documents (document_id, user_id, filename, mime, bytes_len, file_sha256, raw_path)
VALUES ($1, $1, 'notes.md', 'text/markdown', 9, repeat('a', 64), 'storage://raw/x.md')
"""
CHUNK_SET = """
INSERT INTO upload_pipeline.chunk_sets (set_id, document_id, parsed_sha256, chunker_name, chunker_version, chunks_total)
VALUES ($1, $1, repeat('b', 64), 'markdown-simple', '1', 1)
"""
CHUNK = """
INSERT INTO upload_pipeline.document_chunk_buffer
    (set_id, chunk_id, document_id, chunk_ord, chunker_name, chunker_version, chunk_sha, text)
VALUES ($1, $1, $1, 0, 'markdown-simple', '1', repeat('a', 64), $2)
"""


@dataclass
class Inspect:
    """The command, run as it is typed; what it printed is kept."""

    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    async def __call__(self, *arguments: str) -> int:
        """Run it in a thread, as it has an event loop of its own; return its exit code."""
        self.capture.readouterr()
        code = await asyncio.to_thread(main, ["inspect", *arguments])
        self.out, self.err = self.capture.readouterr()
        return code

    @property
    def row(self) -> dict[str, Any]:
        """The one JSON object on standard output."""
        row: dict[str, Any] = json.loads(self.out)
        return row


@pytest.fixture
def inspect(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> Inspect:
    """The command, pointed at the house; no stack runs, so it goes by the settings."""
    monkeypatch.setenv("ACCESSA_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", house.settings.database.url.get_secret_value())
    monkeypatch.setenv("SUPABASE_URL", house.settings.storage.url)
    monkeypatch.setenv("SUPABASE_SERVICE_ROLE_KEY", house.settings.storage.service_role_key.get_secret_value())
    return Inspect(capsys)


async def completed(house: House) -> dict[str, Any]:
    """Upload the text and wait until it is complete."""
    async with house.worker():
        uploaded = await house.upload(TEXT, "house.md")
        assert "complete" == (await house.ended(uploaded["job_id"]))["status"]
    return uploaded


async def test_a_complete_document_is_told_by_any_of_its_ids(house: House, inspect: Inspect) -> None:
    """Jobs, events, chunks, vectors, objects and calls are told, with what search would find but without its text."""
    uploaded = await completed(house)
    codes = [await inspect(uploaded[name], "--json") for name in ("document_id", "job_id", "correlation_id")]
    row = inspect.row
    [job], [chunks], [vectors] = row["jobs"], row["chunk_sets"], row["vector_sets"]
    objects = {one["kind"]: one for one in row["objects"]}

    assert [0, 0, 0] == codes
    assert ("complete", True) == (row["status"], row["live"])
    assert ("UPLOAD_ACCEPTED", "JOB_RELEASED") == (job["events"][0]["code"], job["events"][-1]["code"])
    assert (None, 0, 8) == (job["lease_owner"], job["attempts_in_row"], job["max_attempts"])
    assert row["chunks"] == chunks["chunks"] == chunks["chunks_total"] == vectors["vectors"] > 1
    assert 0 < chunks["shortest"] <= chunks["average"] <= chunks["longest"] < len(TEXT)
    assert (1536, True, True) == (vectors["most_dimensions"], vectors["sound"], vectors["unit_length"])
    assert (True, len(TEXT)) == (objects["uploaded file"]["exists"], objects["uploaded file"]["bytes"])
    assert [("embed", "recorded")] == [(call["operation"], call["state"]) for call in job["calls"]]
    assert (True, [], None) == (row["receipt"]["holds"], row["objects_unnamed"], row["storage_error"])
    assert WORDS not in inspect.out
    assert [f"accessa logs --document {uploaded['document_id']}"] == row["next"]


async def test_the_screen_tells_each_part_and_texts_only_when_asked(house: House, inspect: Inspect) -> None:
    """A person sees every part below the other; with --text the beginning of each chunk stands under it."""
    uploaded = await completed(house)
    code = await inspect(uploaded["document_id"])
    plain = inspect.out
    await inspect(uploaded["document_id"], "--text")
    parts = ["document ", "job ", "chunk set ", "vectors of set ", "object ", "call ", "receipt ", "next: accessa logs"]

    assert 0 == code
    assert parts == [next(part for part in parts if line.startswith(part)) for line in _heads(plain, parts)]
    assert WORDS not in plain
    assert f"chunk 0: # Keys {WORDS}" in inspect.out
    assert max(map(len, inspect.out.splitlines())) < 400


def _heads(out: str, parts: list[str]) -> list[str]:
    return [line for line in out.splitlines() if line.startswith(tuple(parts))]


async def test_what_the_storage_has_lost_is_told(house: House, inspect: Inspect) -> None:
    """A missing object, one of another size, and one that no row names are told; the first two make the exit code 1."""
    uploaded = await completed(house)
    await inspect(uploaded["document_id"], "--json")
    raw = next(one["path"] for one in inspect.row["objects"] if one["kind"] == "uploaded file")
    others = [one["path"] for one in inspect.row["objects"] if one["path"] != raw]
    stray = raw.replace("storage://raw", "storage://parsed").replace(".md", ".0000.md")
    async with house.services() as services:
        await services.storage.replace(raw, b"other", content_type="text/markdown")
        await services.storage.delete(others)
        await services.storage.replace(stray, b"stray", content_type="text/markdown")
    code = await inspect(uploaded["document_id"], "--json")
    row = inspect.row

    assert 1 == code
    assert [stray] == row["objects_unnamed"]
    assert f"the uploaded file has 5 bytes in the storage and {len(TEXT):,} by its row" in row["complaints"]
    assert len(others) == sum("is missing in the storage" in complaint for complaint in row["complaints"]) > 0


async def test_a_storage_that_is_away_hides_nothing_else(
    house: House, inspect: Inspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database knows is shown all the same, and of the objects it is said that nobody could be asked."""
    uploaded = await completed(house)
    monkeypatch.setenv("SUPABASE_URL", "http://127.0.0.1:1")
    code = await inspect(uploaded["document_id"], "--json")
    row = inspect.row

    assert (1, "STORAGE_UNAVAILABLE") == (code, row["storage_error"]["code"])
    assert {None} == {one["exists"] for one in row["objects"]}
    assert "complete" == row["jobs"][0]["status"]


async def test_a_deleted_document_is_told_as_such(house: House, inspect: Inspect) -> None:
    """Of a deleted document, by its id or that of its job, what is left is told: events, calls, and no object."""
    uploaded = await completed(house)
    await house.api.delete(f"/documents/{uploaded['document_id']}")
    codes = [await inspect(uploaded[name], "--json") for name in ("document_id", "job_id")]
    row = inspect.row
    shown = await inspect(uploaded["document_id"])

    assert [0, 0, 0] == [*codes, shown]
    assert (uploaded["document_id"], "DOCUMENT_DELETED") == (row["document_id"], row["deleted"])
    assert ("DOCUMENT_DELETED", 1) == (row["events"][-1]["code"], len(row["calls"]))
    assert ([], []) == (row["objects"], row["objects_unnamed"])
    assert "was deleted (DOCUMENT_DELETED)" in inspect.out


async def test_an_id_that_leads_nowhere_is_refused(house: House, inspect: Inspect) -> None:
    """An unknown id is told apart from that of an upload whose file has not come yet."""
    told = {"filename": "later.md", "bytes_len": 5, "sha256": "ab" * 32}
    announced = await house.api.post("/documents/uploads", json=told)
    unknown = (await inspect(str(uuid4())), inspect.err.split(":")[0])
    waiting = (await inspect(announced.json()["document_id"]), inspect.err.split(":")[0])

    assert (2, "NOT_FOUND") == unknown
    assert (2, "UPLOAD_INCOMPLETE") == waiting


async def test_production_shows_no_text(
    inspect: Inspect, postgres_url: str, fresh_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside ENVIRONMENT=local a document is inspected like any other, but --text shows nothing and says so."""
    url = await asyncio.to_thread(fresh_database, postgres_url)
    await asyncio.to_thread(migrate.upgrade, url, environment="production")
    document_id = uuid4()
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")
    for statement in (DOCUMENT, CHUNK_SET):
        await connection.execute(statement, document_id)
    await connection.execute(CHUNK, document_id, WORDS)
    await connection.close()
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("DATABASE_URL", url)
    await inspect(str(document_id), "--text", "--json")

    assert ([], 1) == (inspect.row["texts"], inspect.row["chunk_sets"][0]["chunks"])
    assert WORDS not in inspect.out
    assert "note: in ENVIRONMENT=production no text of a document is shown\n" == inspect.err
