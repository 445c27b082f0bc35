"""Vectors that cost next to nothing and mean nothing: the hash of a text picks blocks out of a table.

Equal texts have equal vectors, and two texts have different ones; but no vector is near another because their texts are
alike, so a search by them finds nothing but the very same text. They are for measuring everything else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from mock_providers.openai.encoders.interface import Matrix

DIMENSIONS = 1536
_BLOCKS = hashlib.sha256().digest_size
_BLOCK_NUMBERS = DIMENSIONS // _BLOCKS
_KINDS_OF_BLOCK = 256
_BYTES_PER_TOKEN = 4


class FixedEncoder:
    """Encodes by a table; each byte of a text's SHA-256 chooses one block of 48 numbers."""

    def __init__(self) -> None:
        self._blocks = _table()

    def encode(self, texts: Sequence[str], dimensions: int = DIMENSIONS) -> Matrix:
        """Return one row of length 1 per text; the model behind it has 1536 dimensions and no others."""
        hashes = b"".join([hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts])
        return self._blocks[np.frombuffer(hashes, np.uint8)].reshape(len(texts), dimensions)


def guessed_tokens(texts: Sequence[str]) -> list[int]:
    """Return a token for every four bytes of each text, begun ones included: real counting would cost the most."""
    return [-(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_PER_TOKEN) for text in texts]


def _table() -> Matrix:
    """Return 256 blocks, all of one length, of which 32 make a vector of length 1."""
    drawn = hashlib.shake_256(b"fixed-1536").digest(_KINDS_OF_BLOCK * _BLOCK_NUMBERS * 2)
    numbers = np.frombuffer(drawn, "<i2").reshape(_KINDS_OF_BLOCK, _BLOCK_NUMBERS).astype(np.float64)
    lengths = np.sqrt(np.einsum("ij,ij->i", numbers, numbers) * _BLOCKS)
    blocks: Matrix = np.divide(numbers, lengths[:, None]).astype(np.float32)
    return blocks
