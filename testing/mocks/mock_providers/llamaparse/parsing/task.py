"""What a parsing child is asked, and what it answers, as JSON lines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class ParseTask:
    """One document to read."""

    path: str
    target_pages: str | None
    """A page list as `1,3,5-8`, which takes precedence over `max_pages`."""
    max_pages: int | None
    """Read only so many pages from the start."""
    page_limit: int
    """Refuse documents with more pages than this."""
    range_pages: int
    range_cpu_seconds: int
    max_unpacked_bytes: int
    pages: tuple[int, int] | None = None
    """Read this one range of a long document: its first page, and the one after its last."""

    def line(self) -> bytes:
        """Return the task as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> ParseTask:
        """Read back what `line` wrote."""
        return cls(**json.loads(line))
