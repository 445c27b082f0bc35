"""Looks at an uploaded file before anything is bought: is it broken, protected, too long or a bomb.

The file is opened only in a child process with limits on memory, CPU and time, and without a network.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from accessa.domain.errors import PermanentError, TransientError
from accessa.pipeline.confinement import met_its_limits, run_confined

_CHILD = "accessa.pipeline.inspection_child"
_WALL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class InspectionLimits:
    """Most pages of a document, and most bytes that an archive may unpack to."""

    max_pages: int
    max_unpacked_bytes: int


async def inspect_file(path: Path, mime: str, limits: InspectionLimits) -> int | None:
    """Return the number of pages (None where the type has none); raise `PermanentError` for a file not worth buying."""
    try:
        output, exit_code = await run_confined(
            _CHILD, str(path), mime, str(limits.max_unpacked_bytes), wall_seconds=_WALL_SECONDS
        )
    except TimeoutError:
        raise PermanentError("FILE_BROKEN", "The file could not be opened within its time limit.") from None
    return _judge(_read(output, exit_code), limits)


def _read(output: bytes, exit_code: int) -> dict[str, object]:
    try:
        findings: dict[str, object] = orjson.loads(output)
    except orjson.JSONDecodeError:
        if met_its_limits(exit_code):
            raise PermanentError(
                "FILE_BROKEN", "The file could not be opened within its memory and CPU limits."
            ) from None
        raise TransientError("INTERNAL", "The inspection of the file ended without an answer.") from None
    return findings


def _judge(findings: dict[str, object], limits: InspectionLimits) -> int | None:
    if code := findings.get("code"):
        raise PermanentError(str(code))
    unpacked, pages = findings.get("unpacked_bytes"), findings.get("pages")
    if isinstance(unpacked, int) and unpacked > limits.max_unpacked_bytes:
        raise PermanentError("FILE_UNPACKS_TOO_LARGE")
    if isinstance(pages, int) and pages > limits.max_pages:
        sentence = (
            f"The document has {pages} pages, the limit is {limits.max_pages}; split it or raise UPLOAD_MAX_PAGES."
        )
        raise PermanentError("TOO_MANY_PAGES", sentence, pages=pages)
    return pages if isinstance(pages, int) else None
