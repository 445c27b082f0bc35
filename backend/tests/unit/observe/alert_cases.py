"""For each alert of the catalogue the series that it reads: as they are when all is well, and when it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Grows:
    """A counter that grows by so much a second."""

    by: float


Level = float | Grows | Callable[[float], float]
#: `metric{labels}` in the notation of Prometheus: (well, not well).
Case = dict[str, tuple[Level, Level]]

_IN = 'instance="127.0.0.1:3000",job="monitoring"'
_ENDED = f"accessa_jobs_ended_total{{{_IN},"
_REJECTED = 'accessa_webhooks_total{instance="127.0.0.1:8000",job="api-server",result="rejected"'
_EVERY = (300, 300)

CASES: dict[str, Case] = {
    "NothingCompletes": {
        f"accessa_jobs_standing{{{_IN}}}": (0, 3),
        f"accessa_parses_overdue{{{_IN}}}": (0, 4),
        f"accessa_last_end_seconds{{{_IN}}}": (900, 900),
    },
    "DueJobsUnclaimed": {f"accessa_due_oldest_seconds{{{_IN}}}": (0.5, 75)},
    "OldestJobTooOld": {
        f'accessa_job_oldest_seconds{{{_IN},status="parse_queued"}}': (12, 4000),
        f'accessa_job_oldest_seconds{{{_IN},status="chunking"}}': (1, 2),
    },
    "StageSlow": {
        f'accessa_stage_recent_seconds{{{_IN},stage="parsed",measure="mean"}}': (0.2, 2.5),
        f'accessa_stage_recent_seconds{{{_IN},stage="chunking",measure="mean"}}': (0.01, 0.1),
        f'accessa_stage_baseline_seconds{{{_IN},stage="parsed",measure="mean",source="kept"}}': (0.2, 0.2),
        f'accessa_stage_baseline_seconds{{{_IN},stage="chunking",measure="mean",source="last_hour"}}': (0.01, 0.01),
        f'accessa_stage_recent_runs{{{_IN},stage="parsed"}}': (40, 40),
        f'accessa_stage_recent_runs{{{_IN},stage="chunking"}}': (40, 40),
    },
    "FailureRateHigh": {
        f'{_ENDED}code="",status="complete"}}': (Grows(0.5), Grows(0.5)),
        f'{_ENDED}code="PARSE_FAILED",status="failed_parse"}}': (Grows(0), Grows(2)),
        f'{_ENDED}code="NEEDS_OCR",status="failed_parse"}}': (Grows(0), Grows(0.001)),
    },
    "DeadLettersRising": {f'accessa_dead_letters{{{_IN},code="PARSE_FAILED"}}': (3, 9)},
    "PoisonDocument": {f'accessa_dead_letters{{{_IN},code="WORKER_CRASHED"}}': (0, 1)},
    "NoWorker": {f"accessa_workers_alive{{{_IN}}}": (2, 0)},
    "WorkerSilent": {
        f'accessa_worker_silent_seconds{{{_IN},worker="w1"}}': (3, 40),
        f'accessa_worker_silent_seconds{{{_IN},worker="w2"}}': (4, 20),
    },
    "WorkerStalled": {f'accessa_workers{{{_IN},state="stalled"}}': (0, 1)},
    "WorkerCrashes": {f"accessa_crashes_total{{{_IN}}}": (Grows(0), Grows(1))},
    "LeaseLosses": {f'accessa_events_total{{{_IN},code="LEASE_EXPIRED",severity="warn"}}': (Grows(0), Grows(1))},
    "LeaseStuck": {f"accessa_lease_overdue_seconds{{{_IN}}}": (0, 31)},
    "JobHeldTooLong": {f"accessa_lease_held_seconds{{{_IN}}}": (20, 1200)},
    "LoopBlocked": {
        f'accessa_worker_loop_lag_seconds{{{_IN},worker="w1"}}': (0.01, 3.2),
        'accessa_event_loop_lag_seconds{instance="127.0.0.1:8000",job="api-server"}': (0.02, 1.7),
    },
    "MemoryHigh": {
        f'accessa_worker_resident_bytes{{{_IN},worker="w1"}}': (2e8, 2.5e9),
        'accessa_process_resident_bytes{instance="127.0.0.1:8000",job="api-server"}': (1e8, 1.75e9),
        'accessa_process_resident_bytes{instance="127.0.0.1:9001",job="base-worker"}': (2e8, 2.5e9),
    },
    "ClockSkew": {f'accessa_worker_clock_ahead_seconds{{{_IN},worker="w1"}}': (0.01, -95)},
    "ProviderDown": {
        f'accessa_provider_stopped{{{_IN},provider="openai",code="EMBED_UNAVAILABLE"}}': (0, 1),
        f'accessa_provider_stopped{{{_IN},provider="llamaparse",code="PARSE_NO_CREDIT"}}': (0, 1),
    },
    "ProviderLimited": {
        f'accessa_provider_paused_seconds{{{_IN},provider="openai"}}': (0, 20),
        f'accessa_provider_stopped{{{_IN},provider="llamaparse",code="PARSE_RATE_LIMITED"}}': (0, 1),
    },
    "ProviderOutOfMoney": {
        f'accessa_provider_stopped{{{_IN},provider="llamaparse",code="PARSE_NO_CREDIT"}}': (0, 1),
        f'accessa_provider_stopped{{{_IN},provider="openai",code="EMBED_UNAVAILABLE"}}': (0, 1),
    },
    "ProviderRefusesKey": {f'accessa_provider_stopped{{{_IN},provider="openai",code="EMBED_REJECTED_KEY"}}': (0, 1)},
    "WebhooksLost": {f"accessa_webhooks_missing{{{_IN}}}": (0, 4)},
    "WebhooksRejected": {
        f'{_REJECTED},reason="bad_signature"}}': (Grows(0), Grows(1)),
        f'{_REJECTED},reason="stray"}}': (Grows(1), Grows(1)),
        f'{_REJECTED},reason="wrong_type"}}': (Grows(0), Grows(0.01)),
        f"accessa_webhooks_missing{{{_IN}}}": (0, 4),
        'accessa_webhooks_total{instance="127.0.0.1:8000",job="api-server",result="accepted",reason=""}': (
            Grows(2),
            Grows(0),
        ),
    },
    "PollRescuesRising": {
        f'accessa_parses_found_total{{{_IN},found_by="poll"}}': (Grows(0), Grows(4)),
        f'accessa_parses_found_total{{{_IN},found_by="webhook"}}': (Grows(0.25), Grows(0)),
    },
    "ParsesStuck": {f"accessa_parses_overdue{{{_IN}}}": (0, 4)},
    "ParseTooOld": {f"accessa_parse_oldest_seconds{{{_IN}}}": (40, 1900)},
    "BudgetReached": {f"accessa_jobs_parked{{{_IN}}}": (0, 12)},
    "BudgetNearlyUsed": {f'accessa_budget_used_ratio{{{_IN},budget="day"}}': (0.35, 0.875)},
    "StorageDown": {f'accessa_service_up{{{_IN},service="supabase-storage"}}': (1, 0)},
    "StorageFailing": {
        'accessa_job_errors_total{instance="127.0.0.1:9001",job="base-worker",stage="parsed",code="STORAGE_UNAVAILABLE",'
        'counted="true"}': (Grows(0), Grows(1)),
    },
    "StoredFileMissing": {
        f'accessa_dead_letters{{{_IN},code="SOURCE_MISSING"}}': (0, 1),
        f'accessa_dead_letters{{{_IN},code="PARSE_FAILED"}}': (1, 5),
        f'{_ENDED}code="SOURCE_CORRUPT",status="failed_parse"}}': (Grows(0), Grows(1)),
        f'{_ENDED}code="",status="complete"}}': (Grows(1), Grows(1)),
    },
    "DiskNearlyFull": {
        'accessa_storage_disk_free_bytes{instance="127.0.0.1:5000",job="supabase-storage"}': (6e10, 5e9),
        'accessa_storage_disk_size_bytes{instance="127.0.0.1:5000",job="supabase-storage"}': (1e11, 1e11),
    },
    "DiskFull": {
        'accessa_storage_disk_free_bytes{instance="127.0.0.1:5000",job="supabase-storage"}': (6e10, 5e8),
        'accessa_storage_disk_size_bytes{instance="127.0.0.1:5000",job="supabase-storage"}': (1e11, 1e11),
    },
    "DatabaseDown": {f"accessa_database_up{{{_IN}}}": (1, 0)},
    "DatabaseSlow": {f"accessa_database_look_seconds{{{_IN}}}": (0.02, 1.5)},
    "DatabaseRestarted": {f"accessa_database_restarts_total{{{_IN}}}": (Grows(0), Grows(1))},
    "DatabaseBlocked": {
        f'accessa_database_blocking_seconds{{{_IN},pid="4711",application="psql",user="postgres"}}': (
            lambda _seconds: 1.0,
            lambda seconds: 30 + seconds,
        )
    },
    "LongTransaction": {f"accessa_database_oldest_transaction_seconds{{{_IN}}}": (2, 400)},
    "DatabaseConnectionsNearlyUsed": {
        f"accessa_database_connections{{{_IN}}}": (12, 90),
        f"accessa_database_connections_limit{{{_IN}}}": (100, 100),
    },
    "SchemaBehind": {f"accessa_schema_fits{{{_IN}}}": (1, 0)},
    "DatabaseClockSkew": {f"accessa_database_clock_ahead_seconds{{{_IN}}}": (0.003, 7.5)},
    "AuditViolation": {
        f'accessa_audit_violations{{{_IN},check="vectors complete"}}': (0, 3),
        'accessa_audit_violations{instance="127.0.0.1:8000",job="api-server",check="vectors complete"}': (0, 3),
        f'accessa_audit_violations{{{_IN},check="chunks in order"}}': (0, 0),
    },
    "AuditStale": {
        f"accessa_audit_last_run_timestamp_seconds{{{_IN}}}": (lambda seconds: seconds - 100, lambda _seconds: -4000.0)
    },
    "CanaryFailed": {
        f"accessa_canary_passed{{{_IN}}}": (1, 0),
        f"accessa_canary_every_seconds{{{_IN}}}": _EVERY,
    },
    "CanaryMissed": {
        f"accessa_canary_awaited_seconds{{{_IN}}}": (120, 1000),
        f"accessa_canary_every_seconds{{{_IN}}}": _EVERY,
    },
    "ServiceDown": {
        f'accessa_service_up{{{_IN},service="api-server"}}': (1, 0),
        f'accessa_service_up{{{_IN},service="postgres"}}': (1, 0),
    },
    "ServiceSlow": {f'accessa_service_response_seconds{{{_IN},service="api-server"}}': (0.01, 0.8)},
    "ServiceRestarting": {f'accessa_service_restarts_total{{{_IN},service="base-worker"}}': (Grows(0), Grows(1))},
    "ApiErrors": {
        'accessa_http_requests_total{instance="127.0.0.1:8000",job="api-server",method="GET",route="/jobs",'
        'status="200"}': (Grows(4), Grows(4)),
        'accessa_http_requests_total{instance="127.0.0.1:8000",job="api-server",method="POST",route="/documents",'
        'status="503"}': (Grows(0), Grows(4)),
    },
    "AlertsUndelivered": {
        f'accessa_alert_deliveries_total{{{_IN},channel="webhook",outcome="given_up"}}': (Grows(0), Grows(1)),
        f'accessa_alert_deliveries_total{{{_IN},channel="log",outcome="delivered"}}': (Grows(1), Grows(1)),
    },
    "MonitoringBlind": {
        'up{instance="127.0.0.1:8000",job="api-server"}': (1, 0),
        'up{instance="127.0.0.1:3000",job="monitoring"}': (1, 1),
    },
}
