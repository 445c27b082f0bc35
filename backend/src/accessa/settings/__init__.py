"""All settings: the only place that reads the environment."""

from __future__ import annotations

from accessa.settings.checks import check_callers, check_monitor, check_service, outside_addresses
from accessa.settings.documents import ChunkSettings, SearchSettings, UploadSettings
from accessa.settings.monitoring import MonitorSettings
from accessa.settings.promises import CanarySettings, ServiceLevelSettings
from accessa.settings.providers import BudgetSettings, EmbedSettings, OpenAISettings, ParseSettings, ProviderSettings
from accessa.settings.reading import (
    GROUPS,
    Settings,
    known_variables,
    load_settings,
    process_environment,
    right_settings,
    settings_file,
    settings_of,
    variable_name,
    wrong_variables,
)
from accessa.settings.services import (
    AlertSettings,
    ApiSettings,
    AuditSettings,
    DatabaseSettings,
    Environment,
    FailpointSettings,
    LogSettings,
    RuntimeSettings,
    StackSettings,
    StorageSettings,
    TraceSettings,
    WorkerSettings,
)

__all__ = [
    "GROUPS",
    "AlertSettings",
    "ApiSettings",
    "AuditSettings",
    "BudgetSettings",
    "CanarySettings",
    "ChunkSettings",
    "DatabaseSettings",
    "EmbedSettings",
    "Environment",
    "FailpointSettings",
    "LogSettings",
    "MonitorSettings",
    "OpenAISettings",
    "ParseSettings",
    "ProviderSettings",
    "RuntimeSettings",
    "SearchSettings",
    "ServiceLevelSettings",
    "Settings",
    "StackSettings",
    "StorageSettings",
    "TraceSettings",
    "UploadSettings",
    "WorkerSettings",
    "check_callers",
    "check_monitor",
    "check_service",
    "known_variables",
    "load_settings",
    "outside_addresses",
    "process_environment",
    "right_settings",
    "settings_file",
    "settings_of",
    "variable_name",
    "wrong_variables",
]
