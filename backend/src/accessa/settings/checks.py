"""What a service refuses to start with."""

from __future__ import annotations

from accessa.domain.addresses import is_loopback_host, is_public
from accessa.domain.errors import UsageError
from accessa.settings.reading import Settings
from accessa.settings.services import Environment

SHORTEST_TOKEN = 24


def check_service(settings: Settings) -> None:
    """Refuse to start a service whose settings are missing, or unfit for its environment.

    Raises `UsageError` SETTINGS_INVALID with one sentence for the first thing that is wrong.
    """
    for name, value in _required(settings).items():
        if not value:
            raise UsageError("SETTINGS_INVALID", f"The setting {name} is missing; set it and start again.")
    if settings.runtime.environment is not Environment.LOCAL:
        _check_outside_local(settings)


def check_callers(settings: Settings) -> None:
    """Refuse to serve where the way callers are known cannot be trusted; raises `UsageError` SETTINGS_INVALID."""
    environment = settings.runtime.environment
    if environment is not Environment.LOCAL:
        raise UsageError(
            "SETTINGS_INVALID",
            f"API_AUTH={settings.api.auth} lets any caller name any user, so it is refused in {environment}; it serves "
            "only ENVIRONMENT=local.",
        )


def check_monitor(settings: Settings) -> None:
    """Refuse to show the monitoring to a network without a token, or with a short one; raises `UsageError`."""
    token = settings.monitor.token.get_secret_value()
    if token and len(token) < SHORTEST_TOKEN:
        raise UsageError("SETTINGS_INVALID", f"MONITOR_TOKEN must have at least {SHORTEST_TOKEN} characters.")
    if not token and not is_loopback_host(settings.monitor.host):
        raise UsageError(
            "SETTINGS_INVALID",
            f"MONITOR_HOST={settings.monitor.host} can be reached from other machines, so MONITOR_TOKEN must be set: "
            f"at least {SHORTEST_TOKEN} characters that nobody can guess.",
        )


def _required(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database.url.get_secret_value(),
        "SUPABASE_URL": settings.storage.url,
        "SUPABASE_SERVICE_ROLE_KEY": settings.storage.service_role_key.get_secret_value(),
        "LLAMAPARSE_API_KEY": settings.parse.api_key.get_secret_value(),
        "LLAMAPARSE_WEBHOOK_SECRET": settings.parse.webhook_secret.get_secret_value(),
        "OPENAI_API_KEY": settings.openai.api_key.get_secret_value(),
        "API_PUBLIC_URL": settings.api.public_url,
    }


def outside_addresses(settings: Settings) -> dict[str, str]:
    """Return what has to be a public https address outside `local`, by the name of its variable."""
    return {
        "LLAMAPARSE_BASE_URL": settings.parse.base_url,
        "OPENAI_BASE_URL": settings.openai.base_url,
        "API_PUBLIC_URL": settings.api.public_url,
        "SUPABASE_URL": settings.storage.url,
    }


def _check_outside_local(settings: Settings) -> None:
    environment = settings.runtime.environment
    for name, address in outside_addresses(settings).items():
        if not is_public(address):
            raise UsageError("SETTINGS_INVALID", f"{name} must be a public https address in {environment}.")
