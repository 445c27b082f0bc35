"""The providers: whether they answer, how much room their limits leave, webhooks, and what all of it costs."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.frame import framed
from dashboards.panels import bars, graph, number, rows, runbook
from dashboards.queries import average, per_minute, quantile

_REQUEST = "accessa_provider_request_duration_seconds"
_WELL = 'outcome="ok"'
_STOPPED = "sum(accessa_provider_stopped) or vector(0)"


def providers() -> Dashboard:
    """Return the dashboard."""
    return framed(
        "providers",
        "Accessa: providers and cost",
        "Latency, errors, circuits and limits of the parse and the embedding provider, webhooks, and what is spent.",
        {
            "Cost": [
                number("Spent today", "US dollars since midnight UTC", "accessa_spent_today_usd", unit="currencyUSD"),
                runbook(
                    number(
                        "Budget used",
                        "The fullest budget",
                        "max(accessa_budget_used_ratio)",
                        unit="percentunit",
                        warn=0.8,
                        alarm=1,
                    ),
                    "budget-nearly-used",
                    "budget-reached",
                ),
                number(
                    "Spent in 24 h",
                    "US dollars of the last 24 hours",
                    "sum(accessa_provider_spent_24h_usd)",
                    unit="currencyUSD",
                ),
                number(
                    "Paid calls in 24 h",
                    "Paid calls of the last 24 hours; one that documents share counts once",
                    "sum(accessa_provider_calls_24h)",
                ),
                runbook(
                    number("Stopped", "Providers that nobody calls", _STOPPED, alarm=1),
                    "provider-down",
                    "provider-out-of-money",
                    "provider-refuses-key",
                ),
                number(
                    "Budget of the day",
                    "The most that may be spent in a day",
                    'accessa_budget_limit_usd{budget="day"}',
                    unit="currencyUSD",
                ),
                graph(
                    "Cost",
                    "US dollars an hour",
                    (
                        "sum by (provider, operation) (rate(accessa_provider_cost_usd_total[$__rate_interval])) * 3600",
                        "{{provider}} {{operation}}",
                    ),
                    unit="currencyUSD",
                    stacked=True,
                ),
                graph(
                    "Tokens",
                    "Billed tokens a minute",
                    (per_minute("accessa_provider_tokens_total", "provider"), "{{provider}}"),
                ),
            ],
            "Answers": [
                graph(
                    "Latency",
                    "Requests that went well: half, and 95 of 100, take no longer",
                    (
                        quantile(0.5, _REQUEST, "provider", "operation", where=_WELL),
                        "{{provider}} {{operation}} half",
                    ),
                    (
                        quantile(0.95, _REQUEST, "provider", "operation", where=_WELL),
                        "{{provider}} {{operation}} 95 %",
                    ),
                    unit="s",
                ),
                runbook(
                    graph(
                        "Outcomes",
                        "Requests a minute by what came of them",
                        (
                            per_minute(f"{_REQUEST}_count", "provider", "outcome"),
                            "{{provider}} {{outcome}}",
                        ),
                        stacked=True,
                    ),
                    "provider-down",
                ),
                graph(
                    "Errors by code",
                    "Failed requests a minute",
                    (
                        per_minute("accessa_provider_errors_total", "provider", "code"),
                        "{{provider}} {{code}}",
                    ),
                ),
                rows(
                    "Circuits",
                    "Whether calls go out: closed is good, half_open tries one call, open lets none out",
                    "accessa_provider_circuit == 1",
                    shown=("provider", "state"),
                ),
            ],
            "Limits": [
                runbook(
                    bars(
                        "Requests used",
                        "Part of the requests a minute that is used up",
                        (
                            "1 - accessa_provider_requests_left / (accessa_provider_requests_limit > 0)",
                            "{{provider}}",
                        ),
                        unit="percentunit",
                        most=1,
                    ),
                    "provider-limited",
                ),
                runbook(
                    bars(
                        "Tokens used",
                        "Part of the tokens a minute that is used up",
                        ("1 - accessa_provider_tokens_left / (accessa_provider_tokens_limit > 0)", "{{provider}}"),
                        unit="percentunit",
                        most=1,
                    ),
                    "provider-limited",
                ),
                runbook(
                    graph(
                        "Pauses",
                        "Seconds that a provider asked for, and those until an open circuit is tried",
                        ("accessa_provider_paused_seconds", "{{provider}} paused"),
                        ("accessa_provider_probe_in_seconds", "{{provider}} next try"),
                        unit="s",
                    ),
                    "provider-limited",
                ),
                graph(
                    "Embedding calls",
                    "How full they are on average, by passages or size: 1 is full",
                    (
                        average("accessa_embed_batch_fill_ratio"),
                        "{{instance}}",
                    ),
                    unit="percentunit",
                ),
            ],
            "Webhooks": [
                runbook(
                    graph(
                        "Deliveries",
                        "Webhooks a minute, by what became of them",
                        (
                            per_minute("accessa_webhooks_total", "result", "reason"),
                            "{{result}} {{reason}}",
                        ),
                    ),
                    "webhooks-rejected",
                ),
                runbook(
                    graph(
                        "Found by",
                        "Finished parses a minute: by webhook as it should be, or by a poll because none came",
                        (per_minute("accessa_parses_found_total", "found_by"), "{{found_by}}"),
                        ("accessa_webhooks_missing", "missing since the last that came"),
                    ),
                    "webhooks-lost",
                    "poll-rescues-rising",
                ),
            ],
        },
    )
