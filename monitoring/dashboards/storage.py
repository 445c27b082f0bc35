"""Database and storage: whether they answer, how they grow, and how much room is left."""

from __future__ import annotations

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.frame import framed
from dashboards.panels import graph, number, runbook, verdict
from dashboards.queries import per_minute, quantile


def storage() -> Dashboard:
    """Return the dashboard."""
    return framed(
        "storage",
        "Accessa: database and storage",
        "Postgres as the monitoring sees it, growth of the buffers, and the disk of the storage.",
        {
            "Database": [
                runbook(verdict("Answers", "Whether Postgres answers", "accessa_database_up"), "database-down"),
                runbook(
                    number("Look", "What one look takes", "accessa_database_look_seconds", unit="s", warn=0.5, alarm=2),
                    "database-slow",
                ),
                runbook(
                    number(
                        "Oldest transaction",
                        "Its age; it keeps dead rows from being removed",
                        "accessa_database_oldest_transaction_seconds",
                        unit="s",
                        warn=60,
                        alarm=300,
                    ),
                    "long-transaction",
                ),
                runbook(
                    number(
                        "Connections used",
                        "Part of those that the server takes",
                        "accessa_database_connections / accessa_database_connections_limit",
                        unit="percentunit",
                        warn=0.7,
                        alarm=0.9,
                    ),
                    "database-connections-nearly-used",
                ),
                runbook(
                    number(
                        "Restarts",
                        "Starts seen in this time",
                        "increase(accessa_database_restarts_total[$__range])",
                        warn=1,
                    ),
                    "database-restarted",
                ),
                runbook(
                    number(
                        "Clock",
                        "The database's clock minus that of the monitoring",
                        "abs(accessa_database_clock_ahead_seconds)",
                        unit="s",
                        warn=1,
                        alarm=5,
                    ),
                    "database-clock-skew",
                ),
                graph(
                    "Pools",
                    "Connections in use, beside the most that the process opens",
                    ('accessa_database_pool_connections{state="used"}', "{{instance}} used"),
                    ("accessa_database_pool_limit", "{{instance}} limit"),
                ),
                graph(
                    "Connections",
                    "Connections to this database, of whomever",
                    ("accessa_database_connections", "open"),
                    ("accessa_database_connections_limit", "limit"),
                ),
            ],
            "Growth": [
                graph(
                    "Bytes of tables",
                    "With their indexes",
                    ("accessa_buffer_bytes", "{{table}}"),
                    unit="decbytes",
                    stacked=True,
                ),
                graph("Rows of tables", "As the database's statistics have them", ("accessa_buffer_rows", "{{table}}")),
                graph(
                    "Whole database",
                    "Its bytes, and what they would be in a day at the pace of the last six hours",
                    ("accessa_database_bytes", "now"),
                    ("predict_linear(accessa_database_bytes[6h], 86400)", "in a day"),
                    unit="decbytes",
                ),
                runbook(
                    graph(
                        "Disk of the storage",
                        "Room left",
                        ("accessa_storage_disk_free_bytes", "{{instance}} free"),
                        ("accessa_storage_disk_size_bytes", "{{instance}} size"),
                        unit="decbytes",
                    ),
                    "disk-nearly-full",
                ),
            ],
            "Requests to API and storage": [
                runbook(
                    graph(
                        "Requests",
                        "A second, by status",
                        (
                            "sum by (job, status) (rate(accessa_http_requests_total[$__rate_interval]))",
                            "{{job}} {{status}}",
                        ),
                        unit="reqps",
                    ),
                    "storage-failing",
                ),
                graph(
                    "Latency",
                    "95 of 100 requests take no longer",
                    (
                        quantile(0.95, "accessa_http_request_duration_seconds", "job", "route"),
                        "{{job}} {{route}}",
                    ),
                    unit="s",
                ),
                graph(
                    "Uploads",
                    "Files sent a minute, by outcome",
                    (per_minute("accessa_uploads_total", "outcome"), "{{outcome}}"),
                ),
                runbook(
                    graph(
                        "Broken promises",
                        "Rows that break a promise, by the check that found them",
                        ("accessa_audit_violations", "{{check}}"),
                        ("accessa_audit_unfinished_checks", "checks without a verdict"),
                    ),
                    "audit-violation",
                    "audit-stale",
                ),
            ],
        },
    )
