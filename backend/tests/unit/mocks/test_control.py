"""The control desk: faults strike the calls they name, and the same seed gives the same story."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from mock_providers.control import Control, ControlValues, UnknownFaultError

KINDS = ("slow", "wrong")


def control(**values: Any) -> Control[ControlValues]:
    """Return a control desk with two kinds of faults."""
    return Control(ControlValues(**values), KINDS)


def struck(desk: Control[ControlValues], calls: int = 10, document: str = "doc") -> list[int]:
    """Return the numbers of the calls that a fault strikes."""
    numbers = [desk.count("call") for _ in range(calls)]
    return [number for number in numbers if desk.fault("call", number, KINDS, (document,))]


def test_the_nth_call_is_struck() -> None:
    """A fault with `nth` strikes that call and no other, counted since the fault was set."""
    desk = control()
    desk.count("call")

    desk.change({"faults": [{"kind": "slow", "nth": 3}]})

    assert [3] == struck(desk)


def test_times_bounds_how_often_a_fault_strikes() -> None:
    """A fault with `times` stops after so many strikes."""
    assert [1, 2] == struck(control(faults=[{"kind": "slow", "times": 2}]))


def test_a_fault_can_be_meant_for_one_document() -> None:
    """A fault with `document` leaves other documents alone."""
    faults = [{"kind": "slow", "document": "doc"}]

    assert ([1], []) == (struck(control(faults=faults), 1), struck(control(faults=faults), 1, document="other"))


def test_a_rate_repeats_with_its_seed() -> None:
    """The same seed chooses the same calls, another seed other ones, about as many as the rate says."""
    faults = [{"kind": "slow", "rate": 0.5}]
    first, again, other = (struck(control(seed=seed, faults=faults), 200) for seed in (1, 1, 2))

    assert first == again
    assert first != other
    assert 70 < len(first) < 130


@pytest.mark.parametrize("patch", [{"delay": -1}, {"failure_rate": 2}, {"unknown": 1}, {"faults": [{"kind": 1}]}])
def test_a_bad_patch_changes_nothing(patch: dict[str, object]) -> None:
    """Values out of range and unknown names are refused as a whole."""
    desk = control(delay=1)

    with pytest.raises(ValidationError):
        desk.change({"seed": 5, **patch})

    assert ControlValues(delay=1) == desk.values


def test_an_unknown_kind_is_refused() -> None:
    """A fault that cannot be played is an error, not a silent nothing."""
    desk = control()

    with pytest.raises(UnknownFaultError, match="magic"):
        desk.change({"faults": [{"kind": "magic"}]})


def test_reset_goes_back_to_the_start() -> None:
    """A reset restores the first values and begins counting anew."""
    desk = control(delay=1)
    desk.change({"delay": 5, "faults": [{"kind": "slow"}]})
    desk.count("call")

    desk.reset()

    assert (ControlValues(delay=1), 1) == (desk.values, desk.count("call"))
