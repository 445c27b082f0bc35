"""Talks to the monitoring service, which knows what is active even while the database is away."""

from __future__ import annotations

from typing import Any

import httpx

from accessa.domain.errors import AccessaError, UsageError
from accessa.settings import Settings, load_settings
from accessa.stack import settings_in_force, stack_environment

TIMEOUT_SECONDS = 30.0


def ask_monitoring(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Return the JSON that the monitoring answers.

    Raises `AccessaError` with the code that it tells, or MONITORING_UNREACHABLE; `UsageError` without any monitoring.
    """
    settings = load_settings()
    url = _url(settings)
    token = settings.monitor.token.get_secret_value() or settings_in_force(settings).monitor.token.get_secret_value()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = httpx.request(
            method, f"{url}{path}", json=body, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False
        )
        content = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        raise AccessaError("MONITORING_UNREACHABLE") from None
    if answer.is_success:
        return content
    told = content.get("error") if isinstance(content, dict) else None
    if not isinstance(told, dict):
        raise UsageError("USAGE_WRONG", "The monitoring does not understand what was asked for.")
    raise AccessaError(told["code"], told["message"])


def _url(settings: Settings) -> str:
    if not settings.alert.monitor_url:
        return stack_environment(settings)["MONITORING_URL"]
    if not settings.alert.monitor_url.startswith(("http://", "https://")):
        raise UsageError("SETTINGS_INVALID", "The setting ALERT_MONITOR_URL must begin with http:// or https://.")
    return settings.alert.monitor_url.rstrip("/")
