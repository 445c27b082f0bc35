"""The seeded plan of a drill: the same seed, the same blows and faults."""

from __future__ import annotations

from collections import Counter

from accessa.drill.plan import plan_strokes


def test_a_seed_repeats_its_plan() -> None:
    """The same seed gives the same strokes, another one gives others."""
    assert plan_strokes(12, 7) == plan_strokes(12, 7)
    assert plan_strokes(12, 7) != plan_strokes(12, 8)


def test_every_blow_falls_in_every_drill() -> None:
    """Kills fall as often as asked; even one kill comes with a freeze, a restart of each service, and faults first."""
    assert {"kill": 1, "stop": 1, "database": 1, "api": 1, "faults": 1} == Counter(
        stroke.blow for stroke in plan_strokes(1, 7)
    )
    strokes = plan_strokes(60, 7)
    assert (60, 10, 5, 6, 16) == tuple(
        sum(stroke.blow == blow for stroke in strokes) for blow in ("kill", "stop", "database", "api", "faults")
    )
    assert "faults" == strokes[0].blow
    assert all(stroke.embedding_faults and stroke.parse_faults for stroke in strokes if stroke.blow == "faults")
