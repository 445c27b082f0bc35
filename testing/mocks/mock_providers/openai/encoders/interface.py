"""What every encoder can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors of length 1; safe to call from several threads."""

    def encode(self, texts: Sequence[str], dimensions: int) -> Matrix:
        """Return one row per text, with `dimensions` columns."""
