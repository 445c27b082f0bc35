"""A document walks through all ten statuses and is then found by search."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from accessa.domain.ids import chunk_id, document_id
from accessa.domain.statuses import MOVES

if TYPE_CHECKING:
    from backend.tests.house import House

WAY = [MOVES[0].source.value, *(move.target.value for move in MOVES)]
SAMPLES = [
    ("home-insurance-policy.pdf", "escape of water from a pipe", 9),
    ("motor-claims-guide.docx", "repair of the vehicle after an accident", 1),
    ("health-plan-faq.html", "prescription", 1),
    ("glossary.md", "subrogation", 1),
    ("onboarding-note.txt", "insurance", 1),
]


@pytest.mark.parametrize(("filename", "query", "pages"), SAMPLES)
async def test_every_kind_of_document_walks_the_whole_way(
    house: House, samples: Path, filename: str, query: str, pages: int
) -> None:
    """PDF, DOCX, HTML, Markdown and text pass all ten statuses in order and are searchable at the end."""
    accepted = await house.upload((samples / "samples" / filename).read_bytes(), filename)
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert ("complete", None, pages) == (job["status"], job["error"], job["pages"])
    moves = [event for event in await house.events(accepted["job_id"]) if event["type"] == "transition"]
    assert list(pairwise(WAY)) == [(move["from_status"], move["to_status"]) for move in moves]
    found = (await house.api.post("/search", json={"query": query, "limit": 3})).json()["results"]
    assert {filename} == {hit["filename"] for hit in found}
    assert job["chunks"] == job["vectors"] > 0


async def test_search_names_page_and_heading_of_the_passage(house: House, samples: Path) -> None:
    """A hit says on which page of the PDF and under which headings its text stands."""
    await_done = await house.upload((samples / "samples/home-insurance-policy.pdf").read_bytes(), "home.pdf")
    async with house.worker():
        await house.ended(await_done["job_id"])

    best = (await house.api.post("/search", json={"query": "water leaks from a tank, pipe or radiator"})).json()
    hit = best["results"][0]
    assert (4, "home.pdf") == (hit["page"], hit["filename"])
    assert hit["heading"].endswith("Escape of water")
    assert "radiator" in hit["text"]


async def test_ids_are_a_function_of_user_bytes_and_place(house: House) -> None:
    """Document and chunk ids follow from what they name, so the same work always has the same name."""
    content = b"# Cover\n\nStorm damage is covered.\n"
    accepted = await house.upload(content, "note.md")
    async with house.worker():
        await house.ended(accepted["job_id"])

    user = UUID(house.api.headers["X-User-Id"])
    document = document_id(user, hashlib.sha256(content).hexdigest())
    rows = await house.rows("SELECT chunk_id FROM upload_pipeline.document_chunks WHERE user_id = $1", user)
    assert str(document) == accepted["document_id"]
    assert [chunk_id(document, "markdown-simple", "1", 0)] == [row["chunk_id"] for row in rows]


@pytest.mark.fault("I6", "the same bytes under two names", "one document, one job, the same ids", "S11")
async def test_the_same_bytes_are_one_document_and_one_job(house: House) -> None:
    """A second upload, under any name, answers with the ids of the first and queues nothing."""
    first = await house.upload(b"the same words", "a.txt")
    second = await house.upload(b"the same words", "b.txt")

    assert (False, True) == (first["duplicate"], second["duplicate"])
    assert [first["document_id"], first["job_id"]] == [second["document_id"], second["job_id"]]
    assert 1 == len(await house.rows("SELECT job_id FROM upload_pipeline.upload_jobs"))


async def test_another_user_sees_nothing(house: House) -> None:
    """Documents, jobs, events and search belong to one user; for others they do not exist."""
    accepted = await house.upload(b"# Secret\n\nthe treasure lies under the oak\n", "map.md")
    async with house.worker():
        await house.ended(accepted["job_id"])

    stranger = {"X-User-Id": str(uuid4())}
    paths = [
        f"/documents/{accepted['document_id']}",
        f"/jobs/{accepted['job_id']}",
        f"/jobs/{accepted['job_id']}/events",
    ]
    answers = [(await house.api.get(path, headers=stranger)).status_code for path in paths]
    found = await house.api.post("/search", json={"query": "treasure under the oak"}, headers=stranger)
    assert ([404, 404, 404], []) == (answers, found.json()["results"])


@pytest.mark.fault(
    "I4",
    "NUL bytes, broken UTF-8 and invisible characters in the text",
    "taken out, counted in an event; the job completes",
    "S6, S14",
)
async def test_text_that_postgres_cannot_hold_is_normalised(house: House, samples: Path) -> None:
    """NUL bytes, broken UTF-8 and invisible characters are taken out, told in an event, and the job completes."""
    accepted = await house.upload((samples / "broken/nul-and-surrogates.md").read_bytes(), "odd.md")
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    codes = [event["code"] for event in await house.events(accepted["job_id"])]
    assert "complete" == job["status"]
    assert "CHARACTERS_REMOVED" in codes


async def test_chunks_of_known_text_take_the_vector_that_was_paid_for(house: House) -> None:
    """A second document with the same passage of the same user buys nothing for it."""
    passage = b"# Cover\n\nStorm damage to the roof is covered up to the limit.\n"
    first = await house.upload(passage, "one.md")
    async with house.worker():
        await house.ended(first["job_id"])
        second = await house.upload(passage + b"\n", "two.md")
        job = await house.ended(second["job_id"])

    calls = await house.rows("SELECT job_id FROM upload_pipeline.provider_calls WHERE operation = 'embed'")
    assert ("complete", 1, 0) == (job["status"], job["vectors"], job["cost_usd"])
    assert [first["job_id"]] == [str(row["job_id"]) for row in calls]
