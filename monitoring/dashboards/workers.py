"""The workers: who is at work, what each holds, and how it fares."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.frame import framed
from dashboards.panels import graph, runbook
from dashboards.queries import per_minute


def workers() -> Dashboard:
    """Return the dashboard."""
    return framed(
        "workers",
        "Accessa: workers",
        "Signs of life, places, memory and event loops of the workers, claims, crashes and lost leases.",
        {
            "Who is at work": [
                runbook(
                    graph("Workers", "By state", ("accessa_workers", "{{state}}"), stacked=True),
                    "no-worker",
                    "worker-stalled",
                ),
                runbook(
                    graph(
                        "Silent for",
                        "Since the last sign of life",
                        ("accessa_worker_silent_seconds", "{{worker}}"),
                        unit="s",
                    ),
                    "worker-silent",
                ),
                graph(
                    "Jobs in hand",
                    "By worker, beside the most that each takes",
                    ("accessa_jobs_in_hand", "{{instance}}"),
                    ("accessa_jobs_in_hand_limit", "{{instance}} limit"),
                ),
                graph(
                    "Jobs in hand, as the database has them", "By worker", ("accessa_worker_jobs_in_hand", "{{worker}}")
                ),
            ],
            "How they fare": [
                runbook(
                    graph(
                        "Memory",
                        "What each process holds",
                        ("accessa_process_resident_bytes", "{{job}} {{instance}}"),
                        unit="decbytes",
                    ),
                    "memory-high",
                ),
                graph(
                    "Processor",
                    "Cores in use",
                    ("rate(process_cpu_seconds_total[$__rate_interval])", "{{job}} {{instance}}"),
                ),
                runbook(
                    graph(
                        "Event loop",
                        "The longest that a turn came late",
                        ("accessa_event_loop_lag_seconds", "{{job}} {{instance}}"),
                        unit="s",
                    ),
                    "loop-blocked",
                ),
                runbook(
                    graph(
                        "Clocks",
                        "A worker's clock minus the database's",
                        ("abs(accessa_worker_clock_ahead_seconds)", "{{worker}}"),
                        unit="s",
                    ),
                    "clock-skew",
                ),
            ],
            "Claims": [
                graph(
                    "Claims",
                    "Jobs a minute: fresh ones, and those whose lease ran out or whose owner died",
                    (per_minute("accessa_jobs_claimed_total", "how"), "{{how}}"),
                    stacked=True,
                ),
                runbook(
                    graph(
                        "Crashes and lost leases",
                        "In an hour",
                        ("increase(accessa_crashes_total[1h])", "crashes"),
                        ("sum(increase(accessa_leases_lost_total[1h]))", "leases lost"),
                    ),
                    "worker-crashes",
                    "lease-losses",
                ),
            ],
        },
    )
