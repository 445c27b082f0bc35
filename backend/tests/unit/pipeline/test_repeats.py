"""How often a failed call is sent again, and when its jobs have to know."""

from __future__ import annotations

from unittest.mock import Mock, patch

import pytest

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.pipeline.repeats import Repeats

NOT_TAKEN = RecoverableError("EMBED_UNAVAILABLE")
MAY_BE_BILLED = TransientError("EMBED_UNAVAILABLE")


@pytest.mark.parametrize(
    ("errors", "repeated"),
    [
        ([NOT_TAKEN] * 5, 3),
        ([MAY_BE_BILLED] * 5, 2),
        ([NOT_TAKEN, MAY_BE_BILLED, NOT_TAKEN, NOT_TAKEN], 3),
        ([MAY_BE_BILLED, NOT_TAKEN, MAY_BE_BILLED], 3),
        ([RecoverableError("EMBED_RATE_LIMITED", retry_after_seconds=0.4)], 1),
        ([RecoverableError("EMBED_RATE_LIMITED", retry_after_seconds=0.6)], 0),
        ([RecoverableError("EMBED_NO_CREDIT")], 0),
        ([TransientError("EMBED_BAD_RESPONSE")], 0),
        ([PermanentError("EMBED_REFUSED")], 0),
    ],
)
def test_a_call_is_repeated_as_often_as_its_errors_allow(errors: list[AccessaError], repeated: int) -> None:
    """Three times where nothing was billed, twice where that is unknown, and never where it cannot help."""
    repeats = Repeats()
    repeats.begin()
    pauses = [repeats.pause_after(error) for error in errors]

    assert repeated == len([pause for pause in pauses if pause is not None])
    assert [] == [pause for pause in pauses[:repeated] if pause is None]


def test_the_providers_pause_is_kept() -> None:
    """Retry-After is waited for, and the next pause is longer than the first one."""
    repeats = Repeats()
    told = repeats.pause_after(RecoverableError("EMBED_UNAVAILABLE", retry_after_seconds=0.4))
    own = [repeats.pause_after(NOT_TAKEN) or 0.0 for _ in range(2)]

    assert (0.4, True) == (told, own[0] <= own[1])


def test_an_error_that_comes_late_is_for_the_jobs() -> None:
    """After a long time-out nobody waits for a second one in the same place."""
    repeats = Repeats()
    with patch("accessa.pipeline.repeats.time", Mock(monotonic=Mock(side_effect=[100.0, 145.0]))):
        repeats.begin()
        pause = repeats.pause_after(MAY_BE_BILLED)

    assert None is pause
