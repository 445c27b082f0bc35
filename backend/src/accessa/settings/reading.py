"""All groups as one object, read from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from accessa.domain.errors import UsageError
from accessa.settings.documents import ChunkSettings, SearchSettings, UploadSettings
from accessa.settings.monitoring import MonitorSettings
from accessa.settings.promises import CanarySettings, ServiceLevelSettings
from accessa.settings.providers import BudgetSettings, EmbedSettings, OpenAISettings, ParseSettings, ProviderSettings
from accessa.settings.services import (
    AlertSettings,
    ApiSettings,
    AuditSettings,
    DatabaseSettings,
    FailpointSettings,
    LogSettings,
    RuntimeSettings,
    StackSettings,
    StorageSettings,
    TraceSettings,
    WorkerSettings,
)

GROUPS: dict[str, type[BaseSettings]] = {
    "runtime": RuntimeSettings,
    "failpoints": FailpointSettings,
    "database": DatabaseSettings,
    "storage": StorageSettings,
    "parse": ParseSettings,
    "openai": OpenAISettings,
    "provider": ProviderSettings,
    "embed": EmbedSettings,
    "budget": BudgetSettings,
    "upload": UploadSettings,
    "chunk": ChunkSettings,
    "search": SearchSettings,
    "worker": WorkerSettings,
    "audit": AuditSettings,
    "alert": AlertSettings,
    "canary": CanarySettings,
    "service_level": ServiceLevelSettings,
    "api": ApiSettings,
    "stack": StackSettings,
    "log": LogSettings,
    "traces": TraceSettings,
    "monitor": MonitorSettings,
}


class Settings(BaseModel):
    """Every setting of a process, one group per concern; read once at start."""

    model_config = ConfigDict(frozen=True)

    runtime: RuntimeSettings
    failpoints: FailpointSettings
    database: DatabaseSettings
    storage: StorageSettings
    parse: ParseSettings
    openai: OpenAISettings
    provider: ProviderSettings
    embed: EmbedSettings
    budget: BudgetSettings
    upload: UploadSettings
    chunk: ChunkSettings
    search: SearchSettings
    worker: WorkerSettings
    audit: AuditSettings
    alert: AlertSettings
    canary: CanarySettings
    service_level: ServiceLevelSettings
    api: ApiSettings
    stack: StackSettings
    log: LogSettings
    traces: TraceSettings
    monitor: MonitorSettings


def load_settings() -> Settings:
    """Read the environment; raise `UsageError` SETTINGS_INVALID that names the wrong variable."""
    return Settings.model_validate({name: _load_group(group) for name, group in GROUPS.items()})


def right_settings() -> Settings:
    """Return the settings of the environment with the defaults for those that cannot be taken."""
    variables = process_environment()
    wrong = wrong_variables(variables)
    return settings_of({name.upper(): value for name, value in variables.items() if name.upper() not in wrong})


def wrong_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the settings among `variables` whose values cannot be taken, each with what is wrong with it."""
    given = {name.upper(): value for name, value in variables.items()}
    wrong: dict[str, str] = {}
    for group in GROUPS.values():
        try:
            group(**_values(group, given))
        except ValidationError as error:
            wrong |= {variable_name(group, str(one["loc"][0])): one["msg"] for one in _complaints(error)}
    return wrong


def known_variables() -> set[str]:
    """Return the name of every setting."""
    return {variable_name(group, field) for group in GROUPS.values() for field in group.model_fields}


def settings_of(variables: Mapping[str, str]) -> Settings:
    """Return the settings that a process with just these `variables` has; raises `UsageError` like `load_settings`."""
    groups = {name: _load_group(group, _values(group, variables)) for name, group in GROUPS.items()}
    return Settings.model_validate(groups)


def process_environment() -> dict[str, str]:
    """Return every variable of this process, and those of `.env.local` that it does not set, as they were given."""
    return settings_file() | dict(os.environ)


def settings_file() -> dict[str, str]:
    """Return the variables of `.env.local` in this folder; none without such a file."""
    return {name: value for name, value in dotenv_values(".env.local").items() if value is not None}


def _values(group: type[BaseSettings], variables: Mapping[str, str]) -> dict[str, Any]:
    """Return a value for each field, so that no field is looked for in the environment of this process."""
    return {
        field: variables.get(variable_name(group, field), about.default) for field, about in group.model_fields.items()
    }


def _load_group(group: type[BaseSettings], values: Mapping[str, Any] | None = None) -> BaseSettings:
    try:
        return group(**(values or {}))
    except ValidationError as error:
        first = _complaints(error)[0]
        name = variable_name(group, str(first["loc"][0]))
        raise UsageError("SETTINGS_INVALID", f"The setting {name} is wrong: {first['msg']}.") from None


def _complaints(error: ValidationError) -> list[ErrorDetails]:
    """Return what is wrong without the values, which may be secret."""
    return error.errors(include_input=False, include_url=False)


def variable_name(group: type[BaseSettings], field: str) -> str:
    """Return the environment variable that sets `field` of `group`."""
    prefix = str(group.model_config.get("env_prefix", ""))
    return field.upper() if field.upper().startswith(prefix) and prefix else f"{prefix}{field}".upper()
