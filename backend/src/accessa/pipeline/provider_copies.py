"""The copies that the providers hold of a document: open parses and orders are cancelled, results and files deleted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.pipeline.services import Services
from accessa.providers.llamaparse import CLOCKS_DIFFER, OPEN_STATES, LlamaParseClient
from accessa.providers.openai import OpenAIClient
from accessa.store import ledger
from accessa.store.deletions import DeletionTally

# Our own data is gone by then; the caller is not kept waiting for a provider that hangs.
_PATIENCE_SECONDS = 10.0
Order = tuple[str, str | None, str | None]


@dataclass(slots=True)
class ProviderCopies:
    """What is known of the copies while they are deleted one by one; a copy that resists stays in its list."""

    jobs: list[str]
    files: list[str]
    files_listed: bool
    orders: list[Order] = field(default_factory=list)
    deleted: int = 0
    cancelled: bool = False

    @classmethod
    def of(cls, tally: DeletionTally) -> ProviderCopies:
        """Return the copies that a deletion has still to delete."""
        return cls(
            list(tally.provider_jobs), list(tally.provider_files), tally.files_listed, list(tally.provider_orders)
        )

    @property
    def are_gone(self) -> bool:
        """Whether nothing is left to be asked of the provider."""
        return not self.jobs and not self.files and not self.orders and self.files_listed


async def delete_copies(services: Services, document_id: UUID, copies: ProviderCopies) -> None:
    """Delete every copy that the providers let go of in a few seconds; their outage is no error of ours."""
    parser = services.parser
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            for order in list(copies.orders):
                with suppress(AccessaError):
                    await _call_off(services.embedder, order, copies)
            with suppress(AccessaError):
                await _list_copies(services, document_id, copies)
            for job_id in list(copies.jobs):
                with suppress(AccessaError):
                    await _delete_job(parser, job_id, copies)
            for file_id in list(copies.files):
                with suppress(AccessaError):
                    copies.deleted += await parser.delete_file(file_id)
                    copies.files.remove(file_id)


async def _call_off(embedder: OpenAIClient, order: Order, copies: ProviderCopies) -> None:
    """Cancel an order and delete its files; what nobody lived to note down is looked for by its key."""
    key, batch_id, file_id = order
    file_id = file_id or await embedder.find_file(key)
    batch_id = batch_id or (await embedder.find_batch(key, since=0.0) if file_id else None)
    if batch_id:
        await embedder.cancel_batch(batch_id)
        state = await embedder.look_at_batch(batch_id)
        for answers in filter(None, (state.output_file_id, state.error_file_id)):
            copies.deleted += await embedder.delete_file(answers)
    if file_id:
        copies.deleted += await embedder.delete_file(file_id)
    copies.orders.remove(order)


async def _delete_job(parser: LlamaParseClient, job_id: str, copies: ProviderCopies) -> None:
    if await parser.state_of(job_id) in OPEN_STATES:
        await parser.cancel(job_id)
        copies.cancelled = True
    copies.deleted += await parser.delete_parse(job_id)
    copies.jobs.remove(job_id)


async def _list_copies(services: Services, document_id: UUID, copies: ProviderCopies) -> None:
    """Find files and parses whose id never reached us too: they were asked for under the document's id."""
    if copies.files_listed:
        return
    parser = services.parser
    files, parses = await parser.files_of(str(document_id)), list[str]()
    if since := await ledger.lost_parse_since(services.database, document_id, parser.identity):
        parses = await parser.parses_of(str(document_id), since - CLOCKS_DIFFER)
    copies.files += [file_id for file_id in files if file_id not in copies.files]
    copies.jobs += [job_id for job_id in parses if job_id not in copies.jobs]
    copies.files_listed = True
