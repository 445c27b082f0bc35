"""Large documents: whole in the end, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from accessa.bench.corpus import write_corpus
from accessa.bench.results import Run
from accessa.bench.suite import Plan

if TYPE_CHECKING:
    from backend.tests.house import House

_MOST_MEMORY = 250_000_000


async def test_a_long_document_is_stored_whole(house: House) -> None:
    """Every word of two hundred kilobytes stands in a chunk, in order, and every chunk has its vector."""
    [document] = write_corpus("big", documents=1, scale=0.01)
    roomy = house.with_settings(embed={"batch_inputs": 256})
    async with roomy.worker():
        job = await house.ended((await house.upload(document.content, document.name))["job_id"])
    chunks = await house.rows(
        "SELECT c.text, v.vector IS NOT NULL AS embedded FROM upload_pipeline.document_chunk_buffer c "
        "LEFT JOIN upload_pipeline.document_vector_buffer v USING (set_id, chunk_id) ORDER BY c.chunk_ord"
    )

    assert "complete" == job["status"]
    assert document.content.decode().split() == " ".join(row["text"] for row in chunks).split()
    assert all(row["embedded"] for row in chunks)


@pytest.mark.drill(seconds=60)
def test_a_document_of_five_megabytes_needs_little_memory(bench: Callable[[Plan], Run]) -> None:
    """Five megabytes of text are searchable in the end, and no worker has held fifty times as much."""
    run = bench(Plan(["big"], documents=1, scale=0.25))

    assert (1, 0, 0, 0, ()) == (run.documents, run.lost, run.duplicated, run.paid_twice, run.findings)
    assert run.peak_bytes < _MOST_MEMORY
