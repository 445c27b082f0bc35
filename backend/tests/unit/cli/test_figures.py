"""How figures, names and times are written for a person."""

from __future__ import annotations

import pytest

from accessa.cli.figures import count, gap, moment, money, printable, seconds


@pytest.mark.parametrize(
    ("number", "told"), [(None, "0 pages"), (0, "0 pages"), (1, "1 page"), (2, "2 pages"), (12000, "12,000 pages")]
)
def test_counts_are_words(number: int | None, told: str) -> None:
    """A number and its noun agree."""
    assert told == count(number, "page")


@pytest.mark.parametrize(("usd", "told"), [(None, "$0"), (0, "$0"), (0.00001, "<$0.0001"), (0.0451, "$0.0451")])
def test_a_small_price_is_not_nothing(usd: float | None, told: str) -> None:
    """Four digits are shown; less than they can show is not shown as nothing."""
    assert told == money(usd)


@pytest.mark.parametrize(
    ("duration", "told"),
    [
        *((None, "-"), (1.94, "1.9 s"), (61, "1 min 1 s"), (3725, "62 min 5 s")),
        *((59.94, "59.9 s"), (59.96, "1 min 0 s"), (119.7, "2 min 0 s")),
    ],
)
def test_durations_fit_their_size(duration: float | None, told: str) -> None:
    """Seconds have one digit below a minute, and sixty of them are a minute."""
    assert told == seconds(duration)


def test_a_name_cannot_steer_the_terminal() -> None:
    """Controls and undecodable bytes become question marks, other scripts stay."""
    assert "a?b??[31m 保险" == printable("a\nb\udcff\x1b[31m 保险")


def test_moments_are_compared_across_time_zones() -> None:
    """The gap between two moments is in seconds, whatever zone each is told in."""
    assert 1.5 == gap("2026-11-23T10:00:00+00:00", "2026-11-23T11:00:01.5+01:00")
    assert "-" == moment(None)
    assert 19 == len(moment("2026-11-23T10:00:00.123456+00:00"))
