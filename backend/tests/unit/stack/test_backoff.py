"""The pauses before a service is started again."""

from __future__ import annotations

from accessa.stack.backoff import Backoff


def test_pauses_double_up_to_half_a_minute() -> None:
    """A service that keeps dying is tried less and less often."""
    backoff = Backoff()

    assert [0.5, 1, 2, 4, 8, 16, 30, 30] == [backoff.pause(0) for _ in range(8)]


def test_a_healthy_minute_is_a_new_beginning() -> None:
    """After sixty healthy seconds the first pause is short again; after less it is not."""
    backoff = Backoff()
    pauses = [backoff.pause(seconds) for seconds in (0, 59, 60, 0)]

    assert [0.5, 1, 0.5, 1] == pauses
