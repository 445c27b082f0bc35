"""Settings of the monitoring service."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from accessa.settings.group import group


class MonitorSettings(BaseSettings):
    """The monitoring page, and who may see it."""

    model_config = group("MONITOR_")

    host: str = Field("127.0.0.1", description="Address to listen on; one that others reach needs MONITOR_TOKEN")
    token: SecretStr = Field(
        SecretStr(""), description="Whoever wants to see the monitoring has to show it; at least 24 characters"
    )
    allowed_hosts: str = Field(
        "", description="Host names under which browsers reach it, separated by commas; those of loopback always do"
    )
