"""The first look: whether documents are processed, and if not, which dashboard to open next."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.frame import framed
from dashboards.panels import bars, graph, number, rows, runbook, verdict
from dashboards.queries import per_minute


def overview() -> Dashboard:
    """Return the dashboard."""
    return framed(
        "overview",
        "Accessa: overview",
        "Whether documents are processed, what waits and for how long, and which alerts there are.",
        {
            "Does it work": [
                runbook(
                    verdict(
                        "Canary found",
                        "1 when the last canary document went all the way and was found by search",
                        "accessa_canary_passed",
                    ),
                    "canary-missed",
                ),
                runbook(
                    number("Canary age", "Since a canary was found last", "accessa_canary_last_pass_seconds", unit="s"),
                    "canary-missed",
                ),
                runbook(
                    verdict("Database", "Whether Postgres answers", "accessa_database_up", good="up", bad="DOWN"),
                    "database-down",
                ),
                runbook(
                    verdict(
                        "Schema",
                        "Whether the schema fits this version",
                        "accessa_schema_fits",
                        good="fits",
                        bad="BEHIND",
                    ),
                    "schema-behind",
                ),
                runbook(
                    verdict(
                        "Workers",
                        "Whether any worker is alive",
                        "clamp_max(accessa_workers_alive, 1)",
                        good="alive",
                        bad="NONE",
                    ),
                    "no-worker",
                ),
                runbook(
                    number(
                        "Broken promises",
                        "Rows that break a promise about what is stored, by the last audit",
                        "sum(accessa_audit_violations) or vector(0)",
                        alarm=1,
                    ),
                    "audit-violation",
                ),
            ],
            "What waits": [
                runbook(
                    number("Unfinished", "Jobs that have not ended", "accessa_jobs_unfinished"), "nothing-completes"
                ),
                runbook(number("Due", "Jobs that wait for a worker", "accessa_jobs_due"), "due-jobs-unclaimed"),
                runbook(
                    number(
                        "Oldest due",
                        "For how long the first due job has waited for a worker",
                        "accessa_due_oldest_seconds",
                        unit="s",
                        warn=60,
                        alarm=300,
                    ),
                    "due-jobs-unclaimed",
                ),
                runbook(
                    number(
                        "Last completion",
                        "Since a document became complete last",
                        "accessa_last_completion_seconds",
                        unit="s",
                    ),
                    "nothing-completes",
                ),
                runbook(
                    number(
                        "Dead letters",
                        "Failed jobs that nobody has tried again or dismissed",
                        "sum(accessa_dead_letters) or vector(0)",
                        warn=1,
                    ),
                    "dead-letters-rising",
                ),
                runbook(
                    number("Wait for a budget", "Jobs that a budget has no room for", "accessa_jobs_parked", warn=1),
                    "budget-reached",
                ),
            ],
            "Flow": [
                graph(
                    "Documents that ended",
                    "Jobs that ended each minute, by how",
                    (per_minute("accessa_jobs_ended_total", "status"), "{{status}}"),
                    stacked=True,
                ),
                graph(
                    "Jobs on their way",
                    "Unfinished jobs by status",
                    ("accessa_jobs", "{{status}}"),
                    stacked=True,
                ),
            ],
            "Trouble": [
                rows(
                    "Alerts",
                    "What the built-in evaluator has pending, firing and silenced",
                    "accessa_alerts",
                    shown=("alert", "severity", "state"),
                ),
                bars(
                    "Services",
                    "1 when the service answers as it should",
                    ("accessa_service_up", "{{service}}"),
                ),
                graph(
                    "Warnings and errors",
                    "Events each minute, by code",
                    (
                        "topk(10, sum by (code, severity) (rate(accessa_events_total[$__rate_interval]))) * 60",
                        "{{severity}} {{code}}",
                    ),
                    width=24,
                ),
            ],
        },
    )
