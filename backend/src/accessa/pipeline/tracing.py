"""Begins and ends the traces of a process as its settings say."""

from __future__ import annotations

from accessa.settings import Settings
from accessa.telemetry import trace_export
from accessa.telemetry.trace_export import end_traces

__all__ = ["begin_traces", "end_traces"]


def begin_traces(settings: Settings, service: str) -> None:
    """Send this process's traces under the name of `service`; raises `UsageError` SETTINGS_INVALID when it cannot."""
    trace_export.begin_traces(
        settings.traces.endpoint,
        headers=settings.traces.headers.get_secret_value(),
        sample_ratio=settings.traces.sample_ratio,
        service=service,
        environment=settings.runtime.environment,
    )
