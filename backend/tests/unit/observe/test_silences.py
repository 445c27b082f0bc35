"""Which silences hold for an alert, and which hold for none that is active."""

from __future__ import annotations

from uuid import UUID

from accessa.observe.alerts.catalogue import AlertRule, load_catalogue
from accessa.observe.alerts.lifecycle import Instance
from accessa.observe.alerts.records import Silence
from accessa.observe.alerts.silences import SilenceList, moment

RULES: dict[str, AlertRule] = {rule.name: rule for rule in load_catalogue()}
NOW_MS = 1_000


def silence(alert: str, until_ms: int, **labels: str) -> Silence:
    """Return a silence that ends at a moment."""
    return Silence(UUID(int=until_ms), alert, labels, "", "", moment(0), moment(until_ms))


def active(alert: str, **labels: str) -> Instance:
    """Return an alert that fires."""
    return Instance(RULES[alert], tuple(sorted(labels.items())), 0, 1.0, 0)


WHOLE = silence("WorkerSilent", 3_000)
ONE = silence("WorkerSilent", 5_000, worker="a")
OVER = silence("WorkerSilent", NOW_MS, worker="b")
OTHER = silence("NoWorker", 9_000)


def listed() -> SilenceList:
    """Return a list of four silences, one of which is over."""
    silences = SilenceList()
    silences.replace([OVER, WHOLE, ONE, OTHER])
    return silences


def test_a_silence_holds_for_its_alert_as_far_as_its_labels_go() -> None:
    """Whoever asks gets all that hold, the one that ends last before the others, and none that is over."""
    held = [listed().holding(active("WorkerSilent", worker=worker), NOW_MS) for worker in "ab"]

    assert [[ONE, WHOLE], [WHOLE]] == held


def test_a_silence_without_an_active_alert_is_idle() -> None:
    """One that holds for any of the active alerts is not, and neither is one that is over."""
    silences = listed()

    assert [OTHER] == silences.idle([active("WorkerSilent", worker="a")], NOW_MS)
    assert [ONE, OTHER] == silences.idle([active("WorkerSilent", worker="b")], NOW_MS)
    assert [WHOLE, ONE, OTHER] == silences.idle([], NOW_MS)
