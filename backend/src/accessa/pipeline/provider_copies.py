"""The copies that the parse provider holds of a document: open parses are cancelled, parses and files deleted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from accessa.domain.errors import AccessaError
from accessa.providers.llamaparse import LlamaParseClient, ParseState
from accessa.store.deletions import DeletionTally

# Our own data is gone by then; the caller is not kept waiting for a provider that hangs.
_PATIENCE_SECONDS = 10.0
_OPEN = {ParseState.PENDING, ParseState.RUNNING}


@dataclass(slots=True)
class ProviderCopies:
    """What is known of the copies while they are deleted one by one; a copy that resists stays in its list."""

    jobs: list[str]
    files: list[str]
    files_listed: bool
    deleted: int = 0
    cancelled: bool = False

    @classmethod
    def of(cls, tally: DeletionTally) -> ProviderCopies:
        """Return the copies that a deletion has still to delete."""
        return cls(list(tally.provider_jobs), list(tally.provider_files), tally.files_listed)

    @property
    def are_gone(self) -> bool:
        """Whether nothing is left to be asked of the provider."""
        return not self.jobs and not self.files and self.files_listed


async def delete_copies(parser: LlamaParseClient, document_id: UUID, copies: ProviderCopies) -> None:
    """Delete every copy that the provider lets go of in a few seconds; its outage is no error of ours."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS):
            for job_id in list(copies.jobs):
                with suppress(AccessaError):
                    await _delete_job(parser, job_id, copies)
            with suppress(AccessaError):
                await _list_files(parser, document_id, copies)
            for file_id in list(copies.files):
                with suppress(AccessaError):
                    copies.deleted += await parser.delete_file(file_id)
                    copies.files.remove(file_id)


async def _delete_job(parser: LlamaParseClient, job_id: str, copies: ProviderCopies) -> None:
    if await parser.state_of(job_id) in _OPEN:
        await parser.cancel(job_id)
        copies.cancelled = True
    copies.deleted += await parser.delete_parse(job_id)
    copies.jobs.remove(job_id)


async def _list_files(parser: LlamaParseClient, document_id: UUID, copies: ProviderCopies) -> None:
    """Find files whose id never reached us too: they were uploaded under the document's id."""
    if copies.files_listed:
        return
    found = await parser.files_of(str(document_id))
    copies.files += [file_id for file_id in found if file_id not in copies.files]
    copies.files_listed = True
