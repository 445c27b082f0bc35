"""How far a job is on its walk, for bars and lines."""

from __future__ import annotations

from typing import Any

import pytest

from accessa.cli.walk import STEPS, steps_done, where
from accessa.domain.statuses import FAILED, MOVES


def job(status: str, **values: Any) -> dict[str, Any]:
    """Return what the walk looks at in a job."""
    return {"status": status, "filename": "a.pdf", "pages": None, "progress": {}, "retry_count": 0} | values


def test_every_move_is_a_step() -> None:
    """The bar grows by one with each status, and is full at the end, whatever the end."""
    assert list(range(STEPS)) == [steps_done(job(move.source)) for move in MOVES]
    assert {STEPS} == {steps_done(job(status)) for status in (*FAILED, "complete")}


def test_bought_batches_are_parts_of_a_step() -> None:
    """While batches are bought the bar grows with them."""
    plain = steps_done(job("embedding_in_progress"))

    assert plain + 0.25 == steps_done(job("embedding_in_progress", progress={"embeds_total": 48, "embeds_done": 12}))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "chunking"),
        ({"pages": 1}, "chunking, 1 page"),
        ({"pages": 2, "progress": {"chunks_total": 48}}, "chunking, 2 pages, 0/48 chunks"),
        ({"retry_count": 1}, "chunking, tried again after 1 error"),
    ],
)
def test_what_is_counted_so_far_is_told(values: dict[str, Any], told: str) -> None:
    """The status is followed by pages, chunks and errors, so far as there are any."""
    assert told == where(job("chunking", **values))
