"""Which of the active alerts explains which others, and of which nobody is told meanwhile."""

from __future__ import annotations

from accessa.observe.alerts.catalogue import load_catalogue, load_inhibitions
from accessa.observe.alerts.explanations import LINGER_MS, Explainer
from accessa.observe.alerts.lifecycle import Instance

RULES = {rule.name: rule for rule in load_catalogue()}


def alert(name: str, *, fires: bool = True, **labels: str) -> Instance:
    """Return an alert that fires or is pending."""
    return Instance(RULES[name], tuple(sorted(labels.items())), 0, 1.0, 1 if fires else None)


def looked(*rounds: tuple[int, list[Instance]]) -> tuple[dict[str, str], set[str]]:
    """Look at alerts again and again, at so many milliseconds; return the causes at last, and what is held back."""
    explainer = Explainer(load_inhibitions(), RULES.values())
    for at_ms, active in rounds:
        explainer.look(active, at_ms)
    causes = {one.key: cause.key for one in rounds[-1][1] if (cause := explainer.cause_of(one))}
    return causes, explainer.held_back


def test_what_a_cause_brings_with_it_is_explained_and_nothing_else() -> None:
    """Without a worker the workers are down; that the API is down is another fault."""
    worker, api = alert("ServiceDown", service="base-worker-2"), alert("ServiceDown", service="api-server")

    assert ({worker.key: "NoWorker{}"}, {worker.key}) == looked((0, [alert("NoWorker"), worker, api]))


def test_what_fires_before_its_cause_waits_for_it() -> None:
    """While the cause is pending nobody is told of what it would explain; once it has passed, at once."""
    silent, pending = alert("WorkerSilent", worker="a"), alert("NoWorker", fires=False)

    assert ({silent.key: "NoWorker{}"}, {silent.key}) == looked((0, [silent, pending]))
    assert ({}, set()) == looked((0, [silent, pending]), (1000, [silent]))


def test_the_first_of_a_chain_is_the_cause() -> None:
    """A provider that is a service of ours and down has its calls stopped, and with that documents wait."""
    down = alert("ServiceDown", service="mock-openai")
    stopped = alert("ProviderDown", provider="mock-openai", code="OPENAI_UNREACHABLE")
    waiting = alert("NothingCompletes")

    causes, held_back = looked((0, [waiting, stopped, down]))

    assert {waiting.key: down.key, stopped.key: down.key} == causes
    assert {waiting.key, stopped.key} == held_back


def test_an_alert_that_fires_explains_before_one_that_is_pending() -> None:
    """The cause that is certain is named."""
    failed = alert("CanaryFailed")

    causes, _ = looked((0, [alert("NoWorker", fires=False), failed, alert("DiskFull", job="supabase-storage")]))

    assert 'DiskFull{job="supabase-storage"}' == causes[failed.key]


def test_what_outlives_its_cause_is_told_after_a_while() -> None:
    """It stands by itself at once, but may be ending: it is held back a while, and as long as its window goes back."""
    failing, failed = alert("StorageFailing", code="STORAGE_DOWN"), alert("CanaryFailed")
    both, down = [failing, failed], alert("StorageDown", service="supabase-storage")
    window_ms = 300_000

    assert ({}, {failing.key, failed.key}) == looked((0, [down, *both]), (LINGER_MS, both))
    assert ({}, {failing.key}) == looked((0, [down, *both]), (LINGER_MS + 1, both))
    assert ({}, set()) == looked((0, [down, *both]), (LINGER_MS + window_ms + 1, both))
