"""The catalogue of failpoints, the places in the code, and the kill cases of the tests name the same points."""

from __future__ import annotations

import ast
from pathlib import Path

from backend.tests.faults import kill_cases, test_kill_api, test_kill_storage

import accessa
from accessa.domain.statuses import MOVES
from accessa.failpoints import POINTS

SOURCE = Path(accessa.__file__).parent
REFERENCE = Path(__file__).parents[3] / "docs/reference/failpoints.md"
STAGES = [move.stage for move in MOVES]
OPERATIONS = ["parse", "embed"]


def used_points() -> list[str]:
    """Return every point that the code passes, one entry a place; a name put together stands for all it can be."""
    return [
        name
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint"
        for name in names_of(node.args[0])
    ]


def names_of(argument: ast.expr) -> list[str]:
    """Return the names that an argument can have: a literal, or a stage or paid operation and a literal place."""
    if isinstance(argument, ast.JoinedStr):
        first, place = argument.values
        assert isinstance(first, ast.FormattedValue)
        assert isinstance(place, ast.Constant)
        names = OPERATIONS if "operation" in ast.unparse(first.value) else STAGES
        return [name + str(place.value) for name in names]
    assert isinstance(argument, ast.Constant)
    return [str(argument.value)]


def test_every_catalogued_point_is_one_place_of_the_code() -> None:
    """The code passes each point of the catalogue in one place, and no other."""
    assert sorted(POINTS) == sorted(used_points())


def test_every_stage_has_its_points() -> None:
    """Each stage of the machine can be met before its effect, before its commit, and after it."""
    around = {f"{stage}.{place}" for stage in STAGES for place in ("before_effect", "before_commit", "after_commit")}

    assert set() == around - set(POINTS)


def test_every_point_has_a_kill_case() -> None:
    """No point is catalogued without a test in which a process dies there."""
    cases = {death.point for death in kill_cases.DEATHS} | test_kill_api.POINTS | set(test_kill_storage.DEATHS)

    assert set(POINTS) == cases


def test_the_reference_lists_every_point() -> None:
    """The page of the reference has each point with its sentence, in the order of the catalogue."""
    rows = [line for line in REFERENCE.read_text().splitlines() if line.startswith("| `")]

    assert [f"| `{point}` | {sentence} |" for point, sentence in POINTS.items()] == rows
