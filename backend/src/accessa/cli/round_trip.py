"""One small document all the way through a running stack: storage, both providers, the webhook, the search."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from accessa.cli.api_client import ApiClient
from accessa.cli.connection import LONG_PATIENCE_SECONDS, open_api
from accessa.cli.figures import count, seconds
from accessa.cli.verdicts import Verdict
from accessa.domain.errors import AccessaError
from accessa.observe.round_trip import Journey, Traveller, find_and_delete, process
from accessa.settings import Settings

_TIMEOUT_SECONDS = 120
_PASSAGE = "The keeper of the lighthouse lights the lamp an hour before dusk."
# HTML needs the parse provider, so it takes the way through the webhook.
_PAGE = f"<!doctype html><html><head><title>Proof</title></head><body><h1>Proof</h1><p>{_PASSAGE}</p></body></html>"


def prove_round_trip(_settings: Settings) -> list[Verdict]:
    """Ingest one page for a user made for it; return what it proves, or the first thing that went wrong."""
    journey = Journey()
    try:
        return asyncio.run(_go_round(journey))
    except AccessaError as error:
        return [_failed(journey, error)]
    except TimeoutError:
        sentence = f"the document did not end within {_TIMEOUT_SECONDS} s, and is at: {journey.step}"
        return [Verdict("round trip", False, sentence, "accessa logs base-worker")]


async def _go_round(journey: Journey) -> list[Verdict]:
    page = Traveller("proof.html", _PAGE.encode(), _PASSAGE)
    async with open_api(uuid4(), LONG_PATIENCE_SECONDS) as api, asyncio.timeout(_TIMEOUT_SECONDS):
        await process(api, page, journey)
        verdicts = [_storage_and_providers(journey.job), await _webhook(api, journey.job)]
        return [*verdicts, await _search(api, page, journey)]


def _failed(journey: Journey, error: AccessaError) -> Verdict:
    if not journey.receipt:
        return Verdict("round trip", False, f"{error.code}: {error.message}", "accessa logs")
    sentence = f"the document got as far as {journey.step}, {error.code}: {error.message}"
    return Verdict("round trip", False, sentence, f"accessa logs --job {journey.receipt['job_id']}")


def _storage_and_providers(job: dict[str, Any]) -> Verdict:
    figures = f"{count(job['chunks'], 'chunk')} and {count(job['vectors'], 'vector')}"
    sentence = f"a page was stored, read back, parsed and embedded into {figures} in {seconds(job['duration_seconds'])}"
    return Verdict("round trip", True, sentence)


async def _webhook(api: ApiClient, job: dict[str, Any]) -> Verdict:
    came = any(event["code"] == "PARSE_NOTIFIED" for event in await api.events(job["job_id"]))
    sentence = "the signed webhook came and was verified" if came else "no webhook came; the result was polled"
    return Verdict("webhook", came, sentence, "accessa logs mock-llamaparse")


async def _search(api: ApiClient, page: Traveller, journey: Journey) -> Verdict:
    try:
        await find_and_delete(api, page, journey)
    except AccessaError as error:
        return Verdict("search", False, f"{error.code}: {error.message}", "accessa logs api-server")
    return Verdict("search", True, "its passage is found, and the document is deleted again")
