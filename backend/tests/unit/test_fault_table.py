"""The table of faults: made of the marks, complete, and naming only what exists."""

from __future__ import annotations

from pathlib import Path

import pytest

import fault_table
from fault_table import AWAITED, PAGE, ROOT, Proof

MARKED = '''
@pytest.mark.drill
@pytest.mark.fault("K7", "killed while it buys", "one batch at most", "S10, L1")
@pytest.mark.fault("X1", "another", "outcome", "S99")
async def test_killed():
    """It goes on."""
'''


@pytest.fixture(scope="module")
def proofs() -> list[Proof]:
    """Every mark of this repository."""
    return fault_table.collect_proofs(ROOT)


def test_the_page_is_what_the_marks_say(proofs: list[Proof]) -> None:
    """After a change of a mark the page is made again: `make faults-table`."""
    assert fault_table.page_of(proofs) == (ROOT / PAGE).read_text(encoding="utf-8")


def test_every_fault_has_a_test(proofs: list[Proof]) -> None:
    """No row of the full list is without a test, but for those that are named as still to come."""
    assert list(AWAITED) == fault_table.missing_rows(proofs)


def test_marks_name_only_rows_and_invariants_that_exist(proofs: list[Proof]) -> None:
    """A slip of the pen in a mark does not pass for a proof."""
    assert [] == fault_table.unknown_names(proofs)


def test_marks_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Rows, faults, outcomes, invariants and the long tests come from the decorators; unknown names are told."""
    file = tmp_path / "backend/tests/faults/test_kill.py"
    file.parent.mkdir(parents=True)
    file.write_text(MARKED)
    found = fault_table.collect_proofs(tmp_path)
    page = fault_table.page_of(found)

    assert [("K7", ("S10", "L1"), True), ("X1", ("S99",), True)] == [
        (proof.row, proof.invariants, proof.is_drill) for proof in found
    ]
    assert ["X1 in test_killed", "S99 in test_killed"] == fault_table.unknown_names(found)
    line = "| K7 | killed while it buys | one batch at most | S10, L1 | [test_killed](../../backend/tests/faults/"
    assert f"{line}test_kill.py) (drill) |\n" in page
    assert "**Not proved by any test yet:** K1, K2, " in page
