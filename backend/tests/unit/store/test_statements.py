"""By which name a statement is known in traces."""

from __future__ import annotations

import pytest

from accessa.store.statements import filled, load, name_of


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (load("sight_now"), "sight_now"),
        (filled("drop_nearest_index", index_id=3), "drop_nearest_index"),
        ("SELECT\n    t.oid FROM t", "SELECT"),
        ("  -- why\n-- and what\nWITH told AS (SELECT 1) SELECT 1", "WITH"),
        ("-- nobody_knows\nDELETE FROM t", "DELETE"),
        ("COMMIT;", "COMMIT"),
    ],
)
def test_a_statement_is_known_by_its_file_or_its_first_word(text: str, name: str) -> None:
    """Also one whose places were filled; a break of the line or a comment is no part of a word."""
    assert name == name_of(text)
