"""The providers as the page shows them: circuit, rate, speed and money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from accessa.domain.error_catalogue import CATALOGUE
from accessa.observe.metric import Sample
from accessa.observe.minute_history import CallsMinute, MinuteHistory
from accessa.observe.readings import parses

_RECENT_MINUTES = 5


@dataclass(frozen=True, slots=True)
class ProviderView:
    """One provider: what is left of its rates a minute, its calls of the last five minutes, and what it was paid.

    `parses_waiting` are asked for and not there yet, none for a provider that does not parse. `stopped` is the
    sentence that tells why no process calls it, empty while it is called. Seconds and US dollars.
    """

    provider: str
    circuit: str
    stopped: str
    failures_in_a_row: int
    probe_in_seconds: float | None
    paused_seconds: float
    requests_left: float | None
    requests_limit: float | None
    tokens_left: float | None
    tokens_limit: float | None
    recent_calls: int
    recent_failed: int
    p50: float | None
    p95: float | None
    calls_24h: int | None
    spent_24h_usd: float | None
    parses_waiting: int | None = None
    oldest_parse_seconds: float | None = None


def view_providers(samples: Sequence[Sample], history: MinuteHistory, parser: str) -> list[ProviderView]:
    """Return every provider that has a gate; the one called `parser` with the parses that are waited for."""
    names = sorted({sample.labels[0] for sample in samples if sample.metric.name == "accessa_provider_circuit"})
    views = [_view(name, samples, history) for name in names]
    told = {sample.metric.name: sample.value for sample in samples if not sample.labels}
    waiting = told.get(parses.WAITING.name)
    if waiting is None:
        return views
    oldest = told.get(parses.OLDEST.name) if waiting else None
    return [
        replace(view, parses_waiting=int(waiting), oldest_parse_seconds=oldest) if view.provider == parser else view
        for view in views
    ]


def _view(provider: str, samples: Sequence[Sample], history: MinuteHistory) -> ProviderView:
    own = [sample for sample in samples if sample.labels and sample.labels[0] == provider]
    told = {
        sample.metric.name.removeprefix("accessa_provider_"): sample.value for sample in own if len(sample.labels) == 1
    }
    states = [s.labels[1] for s in own if s.metric.name == "accessa_provider_circuit" and s.value]
    codes = [s.labels[1] for s in own if s.metric.name == "accessa_provider_stopped"]
    recent = [history.at(start).calls.get(provider) for start in history.starts()[-_RECENT_MINUTES:]]
    calls = [minute for minute in recent if minute is not None]
    p50, p95 = _latest(calls)
    return ProviderView(
        provider=provider,
        circuit=states[0] if states else "unknown",
        stopped=CATALOGUE.get(codes[0], CATALOGUE["INTERNAL"]).sentence if codes else "",
        failures_in_a_row=int(told.get("failures_in_a_row", 0)),
        probe_in_seconds=told.get("probe_in_seconds"),
        paused_seconds=told.get("paused_seconds", 0.0),
        requests_left=told.get("requests_left"),
        requests_limit=told.get("requests_limit"),
        tokens_left=told.get("tokens_left"),
        tokens_limit=told.get("tokens_limit"),
        recent_calls=sum(minute.calls for minute in calls),
        recent_failed=sum(minute.failed for minute in calls),
        p50=p50,
        p95=p95,
        calls_24h=int(told["calls_24h"]) if "calls_24h" in told else None,
        spent_24h_usd=told.get("spent_24h_usd"),
    )


def _latest(calls: Sequence[CallsMinute]) -> tuple[float | None, float | None]:
    answered = [minute for minute in calls if minute.p50 is not None]
    return (answered[-1].p50, answered[-1].p95) if answered else (None, None)
