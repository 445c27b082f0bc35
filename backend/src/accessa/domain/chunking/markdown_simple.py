"""The chunker `markdown-simple@1`: sections first, then whole blocks, packed up to a limit.

Version 1 never changes: other chunks of the same text need a new version, and the golden tests hold that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from accessa.domain.chunking.blocks import read_blocks
from accessa.domain.chunking.chunk import Chunk
from accessa.domain.chunking.packer import Packer, Passage

CHUNKER_NAME: Final = "markdown-simple"
CHUNKER_VERSION: Final = "1"
LARGEST_CHUNK: Final = 2000
"""Highest `max_chars`: UTF-8 takes at most 4 bytes a character, so no chunk is over 8,000 bytes."""


def chunk_text(text: str, page_starts: Sequence[int], *, max_chars: int = 1000) -> Iterator[Chunk]:
    """Yield the chunks of a normalised text in order; `page_starts` are the offsets of `join_pages`.

    A heading begins a chunk and stays with the text below it; one section makes one chunk while it fits. Headings
    without text go with what follows, up to half a chunk of them. Blocks are packed whole, up to `max_chars`; a longer
    block is cut at sentence ends, then at blanks, then hard, and code and tables at line ends. A chunk may span pages.

    A chunk lighter than a fifth of `max_chars` (200 characters of 1,000) tries not to stand alone. A section so light
    shares its chunk with the next one, if that is its sibling or child and the first block of that fits whole. Before
    a paragraph that does not fit, a light chunk takes in the paragraph's first part.

    A chunk is at most `max_chars` characters and 8,000 bytes of UTF-8. A byte-level token covers at least one byte, so
    no chunk is over 8,000 tokens of cl100k either: a bound that needs no tokeniser.

    Raises ValueError when `max_chars` is not from 1 to 2,000, or `page_starts` do not cut the text into pages.
    """
    if not 1 <= max_chars <= LARGEST_CHUNK:
        raise ValueError(f"max_chars must be from 1 to {LARGEST_CHUNK}, not {max_chars}")
    packer = Packer(text, max_chars)
    for ordinal, passage in enumerate(packer.pack(read_blocks(text, page_starts))):
        yield chunk_of(text, ordinal, passage, page_starts)


def chunk_of(text: str, ordinal: int, passage: Passage, page_starts: Sequence[int], *, offset: int = 0) -> Chunk:
    """The chunk that a passage makes; `offset` is where the text at hand begins in the text of the document."""
    content = text[passage.start : passage.end].rstrip()
    start = passage.start + offset
    breaks = passage.page_end != passage.page and [at - start for at in page_starts[passage.page : passage.page_end]]
    return Chunk(
        ordinal,
        content,
        sha256(content.encode()).hexdigest(),
        start,
        start + len(content),
        passage.page,
        passage.page_end,
        passage.headings,
        tuple(breaks or ()),
    )
