"""What the pipeline works with; the one place where the real clients are chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from accessa.domain.job import Job
from accessa.providers.llamaparse import LlamaParseClient
from accessa.providers.openai import OpenAIClient
from accessa.providers.storage import StorageClient
from accessa.settings import Settings
from accessa.store.database import Database
from accessa.store.doorbell import Doorbell
from accessa.store.effects import Effect, fenced
from accessa.store.jobs import JobPlan

CHUNKER = "markdown-simple@1"


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, database and clients of one process; `ring` wakes idle workers."""

    settings: Settings
    database: Database
    storage: StorageClient
    parser: LlamaParseClient
    embedder: OpenAIClient
    ring: Callable[[], None]

    @asynccontextmanager
    async def fenced(self, job: Job) -> AsyncIterator[Effect]:
        """Open a transaction that holds only while `job` is still this worker's."""
        async with fenced(self.database, job, lease_seconds=self.settings.worker.lease_seconds) as effect:
            yield effect

    def plan(self) -> JobPlan:
        """Return what a new job is to do under the present settings."""
        embed = self.settings.embed
        return JobPlan(CHUNKER, embed.model, embed.version, self.settings.worker.max_attempts)


@asynccontextmanager
async def open_services(settings: Settings, application_name: str) -> AsyncIterator[Services]:
    """Build the services from the settings and close them at the end; the database connects on first use."""
    database = Database(settings.database, application_name)
    doorbell = Doorbell(settings.database.url.get_secret_value())
    storage = StorageClient(
        settings.storage.url,
        settings.storage.service_role_key.get_secret_value(),
        timeout_seconds=settings.storage.timeout_seconds,
    )
    parser = LlamaParseClient(
        settings.parse.base_url,
        settings.parse.api_key.get_secret_value(),
        timeout_seconds=settings.parse.timeout_seconds,
    )
    embedder = OpenAIClient(
        settings.openai.base_url,
        settings.openai.api_key.get_secret_value(),
        timeout_seconds=settings.openai.timeout_seconds,
    )
    try:
        yield Services(settings, database, storage, parser, embedder, doorbell.ring)
    finally:
        for client in (storage, parser, embedder):
            await client.aclose()
        await doorbell.close()
        await database.close()
