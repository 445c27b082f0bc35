"""What is left of a document, here and at the parse provider, and how a test comes to one and to another API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx

from accessa.apps.api.app import create_app
from accessa.domain.addresses import trust_for
from accessa.providers.storage import document_prefixes

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

TABLES = (
    "documents", "upload_jobs", "parse_runs", "webhook_deliveries", "parsed_texts", "chunk_sets",
    "document_chunk_buffer", "document_vector_buffer", "embedding_batches", "provider_batches", "receipts",
)  # fmt: skip
NOWHERE = "http://127.0.0.1:9"
TEXT = b"# Cover\n\nstorm, flood and hail\n"


def turned_to(house: House, group: str, **changes: Any) -> None:
    """Change settings of what the test starts from now on; the API that runs already keeps its own."""
    part = getattr(house.settings, group).model_copy(update=changes)
    house.settings = house.settings.model_copy(update={group: part})


@asynccontextmanager
async def another_api(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """An API beside the first one, with the settings that the house has now."""
    app = create_app(house.settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://api", headers=house.api.headers, timeout=30
        ) as api,
    ):
        yield api


async def completed(house: House, content: bytes = TEXT, filename: str = "a.md") -> dict[str, Any]:
    """Upload a file and have it completed."""
    accepted = await house.upload(content, filename)
    async with house.worker():
        job = await house.ended(accepted["job_id"])
    assert "complete" == job["status"]
    return accepted


async def objects(house: House, document_id: str) -> list[str]:
    """List what the storage holds of a document."""
    async with house.services() as services:
        prefixes = document_prefixes(house.api.headers["X-User-Id"], document_id)
        return [path for prefix in prefixes for path in await services.storage.list_paths(prefix)]


async def rows(house: House) -> int:
    """Count the rows of all tables in which a document has any."""
    counted = " + ".join(f"(SELECT count(*) FROM upload_pipeline.{table})" for table in TABLES)
    [row] = await house.rows(f"SELECT {counted}")
    return int(row[0])


async def codes(house: House, document_id: str) -> list[str]:
    """List the events of a document's deletions."""
    found = await house.rows(
        "SELECT code FROM upload_pipeline.events WHERE document_id = $1 AND code ~ 'DELET' ORDER BY event_id",
        UUID(document_id),
    )
    return [row["code"] for row in found]


async def copies(house: House, document_id: str) -> tuple[int, int]:
    """Count the files and parses that the parse provider has of a document."""
    address = house.outside.llamaparse
    headers = {"Authorization": "Bearer llx-test"}
    async with httpx.AsyncClient(base_url=address, headers=headers, verify=trust_for(address)) as provider:
        files = (await provider.get("/api/v1/beta/files", params={"external_file_id": document_id})).json()["items"]
        parses = (await provider.get("/api/v2/parse", params={"page_size": 100})).json()["items"]
    return len(files), sum(document_id in str(parse["name"]) for parse in parses)


async def states_of_parses(outside: Outside, document_id: str) -> list[str]:
    """Return the states of the parses that the provider has of a document."""
    headers = {"Authorization": "Bearer llx-test"}
    async with httpx.AsyncClient(
        base_url=outside.llamaparse, headers=headers, verify=trust_for(outside.llamaparse)
    ) as provider:
        found = (await provider.get("/api/v2/parse", params={"page_size": 100})).json()["items"]
    return [row["status"] for row in found if document_id in str(row["name"])]


def new_page() -> bytes:
    """A web page, which has to be parsed, that no test has uploaded before: the provider's cache does not know it."""
    return f"<html><body><h1>Cover</h1><p>storm, flood and hail {uuid4()}</p></body></html>".encode()
