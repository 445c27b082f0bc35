"""When somebody is told of alerts: together, not too often, again after a while, and when they are over."""

from __future__ import annotations

from accessa.observe.alerts.catalogue import AlertRule, load_catalogue
from accessa.observe.alerts.lifecycle import Instance
from accessa.observe.alerts.notices import Announcer, Notice, Pace

RULES: dict[str, AlertRule] = {rule.name: rule for rule in load_catalogue()}
PACE = Pace(wait_ms=2_000, pause_ms=30_000, repeat_ms=600_000)


def silent(worker: str) -> Instance:
    """Return one worker that is silent."""
    return Instance(RULES["WorkerSilent"], (("worker", worker),), 0, 20.0, 5_000)


def told(
    announcer: Announcer, firing: list[Instance], seconds: int, *, blind: bool = False, held_back: str = ""
) -> list[tuple[str, str]]:
    """Return the workers that the notices of a moment tell to be silent, and to be well again."""
    held = {silent(worker).key for worker in held_back.split()}
    notices: list[Notice] = list(announcer.decide(firing, seconds * 1000, blind=blind, held_back=held))
    return [(_workers(notice.firing), _workers(notice.resolved)) for notice in notices]


def _workers(instances: tuple[Instance, ...]) -> str:
    return " ".join(sorted(dict(one.labels)["worker"] for one in instances))


def test_what_fires_together_is_told_together() -> None:
    """A first notice waits a little, and then tells of every instance at once, and only once."""
    announcer = Announcer(PACE)
    moments = [([silent("a")], 10), ([silent("a"), silent("b")], 11), ([silent("a"), silent("b")], 12)]

    assert [[], [], [("a b", "")], []] == [
        *(told(announcer, firing, at) for firing, at in moments),
        told(announcer, [silent("a"), silent("b")], 13),
    ]


def test_later_news_of_an_alert_waits_for_its_pause() -> None:
    """One that comes or goes soon after a notice is told with the next, which is a pause later."""
    announcer = Announcer(PACE)
    told(announcer, [silent("a")], 0)
    told(announcer, [silent("a")], 2)

    assert [] == told(announcer, [silent("b")], 20)
    assert [("b", "a")] == told(announcer, [silent("b")], 32)


def test_what_comes_back_before_its_end_was_told_is_no_news() -> None:
    """An alert that flaps within the pause is told neither as over nor as new."""
    announcer = Announcer(PACE)
    told(announcer, [silent("a")], 0)
    told(announcer, [silent("a")], 2)

    assert [[], []] == [told(announcer, [], 10), told(announcer, [silent("a")], 40)]


def test_what_still_fires_is_told_again_after_a_while() -> None:
    """A notice is repeated once its time is over, and not before."""
    announcer = Announcer(PACE)
    told(announcer, [silent("a")], 0)
    told(announcer, [silent("a")], 2)

    assert [[], [("a", "")], []] == [told(announcer, [silent("a")], at) for at in (601, 602, 603)]


def test_nobody_is_told_of_an_end_that_nobody_can_see() -> None:
    """While the database is silent its alerts may be gone for want of figures; the end is told when that is over."""
    announcer = Announcer(PACE)
    told(announcer, [silent("a")], 0)
    told(announcer, [silent("a")], 2)

    assert [] == told(announcer, [], 100, blind=True)
    assert [("", "a")] == told(announcer, [], 101)


def test_of_what_is_held_back_nobody_is_told() -> None:
    """While another alert explains it neither its beginning nor its end is told; once it is not, it is."""
    announcer = Announcer(PACE)
    quiet = [told(announcer, [silent("a"), silent("b")], at, held_back="a b") for at in (0, 2, 700)]

    assert [[]] * 3 == quiet
    assert [[], [], [("a", "")]] == [
        told(announcer, [silent("a")], 701, held_back="a"),
        *(told(announcer, [silent("a")], at) for at in (702, 704)),
    ]


def test_the_end_of_what_was_told_before_it_was_held_back_is_told() -> None:
    """Whoever was told of an alert hears of its end, also when its cause came later."""
    announcer = Announcer(PACE)
    told(announcer, [silent("a")], 0)
    told(announcer, [silent("a")], 2)

    assert [[], [], [("", "a")]] == [
        told(announcer, [silent("a"), silent("b")], 40, held_back="a b"),
        told(announcer, [silent("a"), silent("b")], 80, held_back="a b"),
        told(announcer, [silent("b")], 120, held_back="b"),
    ]


def test_what_was_silenced_is_not_told_to_be_over() -> None:
    """A silence ends the notices of an alert without one that says it is well."""
    announcer = Announcer(PACE)
    told(announcer, [silent("a"), silent("b")], 0)
    told(announcer, [silent("a"), silent("b")], 2)
    announcer.forget(silent("a").key)

    assert [] == told(announcer, [silent("b")], 60)


def test_what_was_told_before_a_restart_is_not_told_as_new() -> None:
    """An alert that fired already when the monitoring was stopped is told again only after the usual while."""
    announcer = Announcer(PACE)
    announcer.recall(silent("a"), told_ms=400_000)

    assert [[], [("a", "")]] == [told(announcer, [silent("a")], at) for at in (500, 1000)]
