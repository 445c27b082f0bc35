"""The pipeline: where jobs stand, what each stage takes, and what goes wrong in it."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.frame import framed
from dashboards.panels import bars, graph, runbook
from dashboards.queries import per_minute, quantile

_DURATION = "accessa_stage_duration_seconds"
_MEAN = 'accessa_stage_recent_seconds{measure="mean"}'
_AGAINST_BASELINE = f'{_MEAN} / on (stage) accessa_stage_baseline_seconds{{measure="mean",source!="assumed"}}'
_BUSY = f"rate({_DURATION}_sum[$__rate_interval])"
_SHARE = f"sum by (stage) ({_BUSY}) / ignoring (stage) group_left () sum({_BUSY})"
_FAILED = '(sum(rate(accessa_jobs_ended_total{status!="complete"}[5m])) or vector(0))'
_FAILURE_RATE = f"{_FAILED} / clamp_min(sum(rate(accessa_jobs_ended_total[5m])), 1e-9)"


def pipeline() -> Dashboard:
    """Return the dashboard."""
    return framed(
        "pipeline",
        "Accessa: pipeline and stages",
        "Where jobs stand and for how long, what each stage takes beside what it usually takes, and what fails.",
        {
            "Where jobs stand": [
                runbook(
                    graph(
                        "Oldest job by status",
                        "Age of the oldest unfinished job, since it was made",
                        ("accessa_job_oldest_seconds", "{{status}}"),
                        unit="s",
                    ),
                    "oldest-job-too-old",
                ),
                bars("Jobs by status", "Unfinished jobs of now", ("accessa_jobs", "{{status}}")),
                runbook(
                    graph(
                        "In hand",
                        "Jobs in workers' hands, and how long the one that sticks out has not got any further",
                        ("accessa_jobs_held", "in hand"),
                        ("accessa_lease_held_seconds", "longest without progress (s)"),
                        ("accessa_lease_overdue_seconds", "longest overdue lease (s)"),
                    ),
                    "job-held-too-long",
                    "lease-stuck",
                ),
                runbook(
                    graph(
                        "Parses",
                        "Parses that are awaited, and the age of the oldest",
                        ("accessa_parses_waiting", "awaited"),
                        ("accessa_parse_oldest_seconds", "age of the oldest (s)"),
                    ),
                    "parse-too-old",
                ),
            ],
            "What stages take": [
                runbook(
                    graph(
                        "Stage, mean",
                        "What a run took on average of late",
                        (_MEAN, "{{stage}}"),
                        unit="s",
                    ),
                    "stage-slow",
                ),
                runbook(
                    graph(
                        "Stage against its baseline",
                        "1 is as usual, 2 twice as slow",
                        (
                            _AGAINST_BASELINE,
                            "{{stage}}",
                        ),
                    ),
                    "stage-slow",
                ),
                graph(
                    "Stage, 95 of 100",
                    "Runs that did their work: 95 of 100 take no longer, by the workers' own histograms",
                    (
                        quantile(0.95, _DURATION, "stage", where='outcome="done"'),
                        "{{stage}}",
                    ),
                    unit="s",
                ),
                graph(
                    "Share of the busy time",
                    "Which part of the workers' time each stage takes: the tallest is the bottleneck",
                    (
                        _SHARE,
                        "{{stage}}",
                    ),
                    unit="percentunit",
                    stacked=True,
                ),
                graph(
                    "Moves",
                    "Runs of each stage a minute that did their work",
                    (f'sum by (stage) (rate({_DURATION}_count{{outcome="done"}}[$__rate_interval])) * 60', "{{stage}}"),
                ),
            ],
            "What goes wrong": [
                runbook(
                    graph(
                        "Failure rate",
                        "Part of the jobs that ended in a failure",
                        (
                            _FAILURE_RATE,
                            "failed",
                        ),
                        unit="percentunit",
                    ),
                    "failure-rate-high",
                ),
                graph(
                    "Errors by code",
                    "Errors written down on jobs, a minute",
                    (
                        per_minute("accessa_job_errors_total", "stage", "code"),
                        "{{stage}} {{code}}",
                    ),
                ),
                runbook(
                    graph(
                        "Failed for good",
                        "Dead letters by code: jobs that nobody has tried again",
                        ("accessa_dead_letters", "{{code}}"),
                        stacked=True,
                    ),
                    "dead-letters-rising",
                ),
                runbook(
                    graph(
                        "Retries",
                        "Jobs that rest after an error and are tried again, a minute",
                        (per_minute("accessa_job_retries_total", "stage"), "{{stage}}"),
                    ),
                    "failure-rate-high",
                ),
            ],
        },
    )
