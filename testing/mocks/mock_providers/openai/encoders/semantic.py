"""Vectors of a static word model (wordllama, 256 dimensions), loaded from its package without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mock_providers.openai.encoders.interface import Matrix

_TOKENIZER = "l2_supercat_tokenizer_config.json"
_PORTION = 64
_SMALLEST = 1e-12


class SemanticEncoder:
    """The mean of the vectors of a text's tokens, at length 1."""

    def __init__(self, folder: Path) -> None:
        """Load the model; `folder` takes the copy of its tokenizer that the package cannot find by itself."""
        wordllama = import_module("wordllama")
        package = Path(str(wordllama.__file__)).parent
        _copy(package / "tokenizers" / _TOKENIZER, folder / "tokenizers" / _TOKENIZER)
        model = wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
        self._table: NDArray[np.float32] = model.embedding
        self._tokenizer: Any = model.tokenizer
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str], dimensions: int) -> Matrix:
        """Return one row of length 1 per text."""
        vectors = np.empty((len(texts), dimensions), np.float32)
        for start in range(0, len(texts), _PORTION):
            piece = list(texts[start : start + _PORTION])
            encoded = self._tokenizer.encode_batch_fast(piece, add_special_tokens=False)
            for place, tokens in enumerate(encoded):
                vectors[start + place] = self._mean(tokens.ids)
        return vectors

    def _mean(self, ids: list[int]) -> NDArray[np.float32]:
        known = np.clip(np.array(ids or [0], np.int64), 0, len(self._table) - 1)
        mean = self._table[known].mean(axis=0)
        length = float(np.linalg.norm(mean))
        if length < _SMALLEST:
            mean = np.ones_like(mean)
            length = float(np.linalg.norm(mean))
        unit: NDArray[np.float32] = mean / length
        return unit


def _copy(source: Path, target: Path) -> None:
    """Copy a file so that it is never seen in part."""
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copyfile(source, part)
        part.replace(target)
