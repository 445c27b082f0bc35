"""What `accessa inspect` says of vectors, by their measures alone."""

from __future__ import annotations

from math import inf

import pytest

from accessa.cli.inspection_row import vector_row
from accessa.cli.inspection_views import told_length


@pytest.mark.parametrize(
    ("least", "most", "widths", "words"),
    [
        (0.9999, 1.0, (256, 256), "one (0.9999 to 1.0000)"),
        (3.1, 4.2, (256, 256), "NOT ONE (3.1000 to 4.2000)"),
        (0.0, 1.0, (256, 256), "ZERO, NOT FINITE OR OF SEVERAL WIDTHS"),
        (1.0, inf, (256, 256), "ZERO, NOT FINITE OR OF SEVERAL WIDTHS"),
        (1.0, 1.0, (256, 384), "ZERO, NOT FINITE OR OF SEVERAL WIDTHS"),
    ],
)
def test_the_length_of_vectors_is_judged(least: float, most: float, widths: tuple[int, int], words: str) -> None:
    """Vectors of length one are told as such, others with their lengths, and those that no search can use loudly."""
    measured = {"least_norm": least, "most_norm": most, "least_dimensions": widths[0], "most_dimensions": widths[1]}

    assert words == told_length(vector_row(measured))
