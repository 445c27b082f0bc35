"""A document that goes all the way, against an API that can misbehave."""

from __future__ import annotations

from typing import Any

import pytest

from accessa.domain.errors import PermanentError
from accessa.observe.round_trip import Journey, Traveller, find_and_delete, fresh_words, process

CANARY = Traveller("canary.md", b"# Canary", "three fresh words")


class PlainApi:
    """Takes one document; a hit is what search answers."""

    def __init__(self, *hits: dict[str, Any], fails_with: str | None = None) -> None:
        self.hits = hits
        self.fails_with = fails_with
        self.deleted: list[str] = []

    async def upload_bytes(self, name: str, content: bytes) -> dict[str, Any]:
        """Take any document."""
        del name, content
        return {"document_id": "d-1", "job_id": "j-1"}

    async def job(self, identifier: str) -> dict[str, Any]:
        """Tell of a job that has ended."""
        del identifier
        if self.fails_with:
            return {"status": "failed_embedding", "error": {"code": self.fails_with, "message": "It failed."}}
        return {"status": "complete", "error": None}

    async def search(self, query: str, limit: int) -> dict[str, Any]:
        """Find what was given."""
        del query, limit
        return {"results": list(self.hits)}

    async def delete(self, identifier: str) -> dict[str, Any]:
        """Take the id down."""
        self.deleted.append(identifier)
        return {}


@pytest.mark.parametrize(
    "hit",
    [
        {"document_id": "d-2", "text": "three fresh words"},
        {"document_id": "d-1", "text": "other words"},
    ],
)
async def test_the_words_of_another_document_are_no_proof(hit: dict[str, Any]) -> None:
    """Found is only the right document with its own words; else it stays, to be looked at."""
    api, journey = PlainApi(hit), Journey()
    await process(api, CANARY, journey)
    with pytest.raises(PermanentError) as missed:
        await find_and_delete(api, CANARY, journey)

    assert ("CANARY_NOT_FOUND", "search", []) == (missed.value.code, journey.step, api.deleted)


async def test_a_failed_job_ends_the_journey_with_its_code() -> None:
    """The code of a job that failed is the code of the journey, and its status is the step."""
    journey = Journey()
    with pytest.raises(PermanentError) as failed:
        await process(PlainApi(fails_with="PROVIDER_REFUSED"), CANARY, journey)
    assert ("PROVIDER_REFUSED", "failed_embedding") == (failed.value.code, journey.step)


def test_no_two_canaries_have_the_same_words() -> None:
    """Words are fresh each time, so that nothing of an earlier canary can be taken for a proof."""
    assert fresh_words() != fresh_words()
