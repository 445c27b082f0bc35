"""Brings the pages of a document into one normal text: small ones in a thread, large ones in a confined child.

The work is linear, but a large text can be made to need many times its own size, and holds up the event loop for long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from accessa.domain.errors import PermanentError, TransientError
from accessa.domain.normalise import IMAGE, join_pages, normalise_page
from accessa.pipeline.confinement import met_its_limits, run_confined

_CHILD = "accessa.pipeline.text_layout_child"
_LARGE_CHARACTERS = 2_000_000
_WALL_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class LaidOutText:
    """The one text of a document in UTF-8, and what is known of its pages."""

    content: bytes
    characters: int
    page_starts: tuple[int, ...]
    pages_without_text: int
    removed_characters: int


async def lay_out_pages(pages: Sequence[str]) -> LaidOutText:
    """Normalise the pages and join them; raise `PermanentError` FILE_TOO_LARGE for a text that needs too much."""
    if sum(map(len, pages)) <= _LARGE_CHARACTERS:
        return await asyncio.to_thread(normal_text, pages)
    try:
        output, exit_code = await run_confined(_CHILD, wall_seconds=_WALL_SECONDS, given=orjson.dumps(list(pages)))
    except TimeoutError:
        raise too_large() from None
    header, _, content = output.partition(b"\n")
    if exit_code != 0:
        raise too_large() if met_its_limits(exit_code) else silent()
    facts = orjson.loads(header)
    return LaidOutText(content=content, **(facts | {"page_starts": tuple(facts["page_starts"])}))


def normal_text(pages: Sequence[str]) -> LaidOutText:
    """Do the work itself, on as much memory and time as it takes."""
    normalised = [normalise_page(page) for page in pages]
    text, starts = join_pages([page.text for page in normalised])
    return LaidOutText(
        text.encode(),
        len(text),
        tuple(starts),
        sum(not page.text.replace(IMAGE, "").strip() for page in normalised),
        sum(page.removed_characters for page in normalised),
    )


def too_large() -> PermanentError:
    """The error of a text that needs more memory or time than its child may have."""
    return PermanentError(
        "FILE_TOO_LARGE", "The text has too many lines to be laid out within its memory and time; split the file."
    )


def silent() -> TransientError:
    """The error of a child that has ended for no reason of its own."""
    return TransientError("INTERNAL", "The child that lays out the text ended without an answer.")
