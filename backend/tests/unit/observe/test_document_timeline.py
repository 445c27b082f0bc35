"""One document's way, told from its events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from accessa.observe.document_timeline import holdings, stays

_START = datetime(2026, 1, 1, tzinfo=UTC)


def _event(after: float, kind: str, **told: Any) -> dict[str, Any]:
    nothing = dict.fromkeys(("to_status", "worker", "lease_epoch"))
    return {**nothing, "ts": _START + timedelta(seconds=after), "type": kind, **told}


def _moves(*moves: tuple[float, str]) -> list[dict[str, Any]]:
    return [_event(after, "transition", to_status=status) for after, status in moves]


def _after(moments: Iterable[datetime | None]) -> list[float | None]:
    return [(moment - _START).total_seconds() if moment else None for moment in moments]


def test_each_status_lasts_until_the_next() -> None:
    """The last one lasts until now while the job is unfinished, and nothing once it has ended."""
    under_way = stays(_moves((0, "uploaded"), (5, "parse_queued")), _START + timedelta(seconds=12))
    ended = stays(_moves((0, "uploaded"), (5, "failed_parse")), _START + timedelta(seconds=12))

    assert [("uploaded", 5.0), ("parse_queued", 7.0)] == [(stay.status, stay.seconds) for stay in under_way]
    assert [5.0, 0.0] == [stay.seconds for stay in ended]
    assert ([5.0, None], [5.0, 5.0]) == (_after(s.until for s in under_way), _after(s.until for s in ended))


def test_who_held_it_is_told_with_how_that_ended() -> None:
    """One lets go, the next dies and loses it to a third, who finishes."""
    events = [
        _event(1, "claimed", worker="first", lease_epoch=1),
        _event(3, "released"),
        _event(4, "claimed", worker="second", lease_epoch=2),
        _event(64, "claimed", worker="third", lease_epoch=3),
        *_moves((70, "complete")),
    ]

    found = holdings(events)

    assert [("first", "let go"), ("second", "lost its lease"), ("third", "finished")] == [
        (holding.worker, holding.ending) for holding in found
    ]
    assert ([1.0, 4.0, 64.0], [3.0, 64.0, 70.0]) == (_after(h.since for h in found), _after(h.until for h in found))


def test_who_has_it_now_still_holds_it() -> None:
    """A lease without an end is told as held."""
    assert [(None, "holds it")] == [
        (holding.until, holding.ending) for holding in holdings([_event(1, "claimed", worker="w", lease_epoch=1)])
    ]
