"""A claimed job as the stages see it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from accessa.domain.statuses import Status

# A user may put work behind other work; nobody can put their own before that of other users.
PRIORITIES = {"normal": 0, "low": -10}


class Job(NamedTuple):
    """One claimed job; `lease_owner` and `lease_epoch` together are its fence."""

    job_id: UUID
    document_id: UUID
    user_id: UUID
    correlation_id: UUID
    status: Status
    raw_path: str
    mime: str
    bytes_len: int
    file_sha256: str
    chunks_version: str
    embed_model: str
    embed_version: str
    lease_owner: str
    lease_epoch: int
    max_attempts: int
    lane: str = "interactive"
    retry_count: int = 0
    attempts_in_row: int = 0
    crash_count: int = 0
    wait_count: int = 0
    set_aside: bool = False
    parsed_path: str | None = None
    parsed_sha256: str | None = None
    set_id: UUID | None = None
    progress: Mapping[str, Any] = MappingProxyType({})
    trace_context: str | None = None

    @property
    def chunker(self) -> tuple[str, str]:
        """Name and version of the chunker, as in `markdown-simple@1`."""
        name, _, version = self.chunks_version.partition("@")
        return name, version

    def require_set(self) -> UUID:
        """Return the chunk set; only statuses from `chunking` on have one."""
        if self.set_id is None:
            raise ValueError(f"job {self.job_id} has no chunk set in status {self.status}")
        return self.set_id

    def require_parsed_path(self) -> str:
        """Return where the parsed text lies; only statuses from `parsed` on have one."""
        if self.parsed_path is None:
            raise ValueError(f"job {self.job_id} has no parsed text in status {self.status}")
        return self.parsed_path
