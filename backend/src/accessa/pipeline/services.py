"""What the pipeline works with; the one place where the real clients are chosen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from accessa.domain.errors import WorkerStoppingError
from accessa.domain.job import Job
from accessa.domain.provider_identity import OURSELVES
from accessa.pipeline.provider_gate import ProviderGate
from accessa.providers import llamaparse, openai
from accessa.providers.llamaparse import LlamaParseClient
from accessa.providers.openai import OpenAIClient
from accessa.providers.storage import StorageClient
from accessa.settings import Settings, StorageSettings
from accessa.store.database import Database
from accessa.store.doorbell import Doorbell
from accessa.store.effects import Effect, SharedEffect, fenced, fenced_jobs
from accessa.store.gates import have_gates, register
from accessa.store.jobs import JobPlan
from accessa.store.retried_effects import Result, SharedWork, Work, carry_out
from accessa.telemetry.stage_timings import StageTimings

CHUNKER = "markdown-simple@1"
_SHARE_WAITED = 0.8


@dataclass(frozen=True, slots=True)
class Services:
    """Settings, database, clients and their gates of one process; `ring` wakes idle workers.

    `stopping` is set when the process is told to stop: what has begun is finished, and nothing more is bought.
    `timings` take in what the stages of this process took.
    """

    settings: Settings
    database: Database
    storage: StorageClient
    parser: LlamaParseClient
    embedder: OpenAIClient
    parse_gate: ProviderGate
    embed_gate: ProviderGate
    ring: Callable[[], None]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    timings: StageTimings = field(default_factory=StageTimings)

    def check_staying(self) -> None:
        """Raise `WorkerStoppingError` once the process is told to stop."""
        if self.stopping.is_set():
            raise WorkerStoppingError

    @asynccontextmanager
    async def fenced(self, job: Job) -> AsyncIterator[Effect]:
        """Open a transaction that holds only while `job` is still this worker's."""
        async with fenced(self.database, job, lease_seconds=self.settings.worker.lease_seconds) as effect:
            yield effect

    @asynccontextmanager
    async def fenced_jobs(self, jobs: Iterable[Job]) -> AsyncIterator[SharedEffect]:
        """Open a transaction that holds those of the jobs that are still this worker's; raises when none is."""
        async with fenced_jobs(self.database, jobs, lease_seconds=self.settings.worker.lease_seconds) as effect:
            yield effect

    async def effect(self, job: Job, work: Work[Result], *, paid: bool = False) -> Result:
        """Do `work` in one fenced transaction, whose closure is done anew while the database is in trouble.

        What is `paid` for is kept as long as its stage may last; anything else as long as a lease is sure to.
        """
        return await carry_out(
            self.database, lambda: self.fenced(job), work, patience_seconds=self._patience(paid=paid)
        )

    async def shared_effect(self, jobs: Iterable[Job], work: SharedWork[Result], *, paid: bool = False) -> Result:
        """Do `work` in one fenced transaction on several jobs, likewise."""
        patience = self._patience(paid=paid)
        return await carry_out(self.database, lambda: self.fenced_jobs(jobs), work, patience_seconds=patience)

    def _patience(self, *, paid: bool) -> float:
        worker = self.settings.worker
        return (worker.stage_seconds if paid else worker.lease_seconds) * _SHARE_WAITED

    def plan(self, lane: str = "interactive", priority: int = 0) -> JobPlan:
        """Return what a new job is to do under the present settings."""
        embed = self.settings.embed
        return JobPlan(CHUNKER, embed.model, embed.version, self.settings.worker.max_attempts, lane, priority)

    async def know_providers(self) -> bool:
        """Tell whether the providers of the settings are entered in the database."""
        return await have_gates(self.database, [self.parse_gate.provider, self.embed_gate.provider])

    async def enter_providers(self) -> None:
        """Enter the providers of the settings in the database, which refuses mocks outside `local`."""
        parse, embed = self.settings.parse, self.settings.openai
        await register(self.database, OURSELVES)
        await self.parse_gate.open(requests_per_minute=parse.requests_per_minute, tokens_per_minute=0)
        await self.embed_gate.open(
            requests_per_minute=embed.requests_per_minute, tokens_per_minute=embed.tokens_per_minute
        )


def storage_client(settings: StorageSettings) -> StorageClient:
    """Return a client of the storage that the settings name; raises `UsageError` SETTINGS_INVALID."""
    key = settings.service_role_key.get_secret_value()
    return StorageClient(settings.url, key, public_url=settings.public_url, timeout_seconds=settings.timeout_seconds)


@asynccontextmanager
async def open_services(settings: Settings, application_name: str) -> AsyncIterator[Services]:
    """Build the services from the settings and close them at the end; the database connects on first use."""
    database = Database(settings.database, application_name, environment=settings.runtime.environment)
    doorbell = Doorbell(settings.database.url.get_secret_value())
    storage = storage_client(settings.storage)
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
        yield Services(
            settings,
            database,
            storage,
            parser,
            embedder,
            ProviderGate(database, parser.identity, llamaparse.CODES, settings.provider),
            ProviderGate(database, embedder.identity, openai.CODES, settings.provider),
            doorbell.ring,
        )
    finally:
        for client in (storage, parser, embedder):
            await client.aclose()
        await doorbell.close()
        await database.close()
