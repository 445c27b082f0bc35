"""Where notices go: the log, a signed webhook, and whatever Apprise reaches."""

from __future__ import annotations

from accessa.observe.alerts.channels.log_lines import LogChannel
from accessa.observe.alerts.channels.notifications import NotifyChannel
from accessa.observe.alerts.channels.port import Channel, DeliveryError
from accessa.observe.alerts.channels.webhook import WebhookChannel
from accessa.settings import AlertSettings

__all__ = ["Channel", "DeliveryError", "open_channels"]


def open_channels(settings: AlertSettings) -> list[Channel]:
    """Return the channels that the settings name; the log is always one.

    Raises `UsageError` SETTINGS_INVALID when a setting is wrong, or needs a package that is not installed.
    """
    channels: list[Channel] = [LogChannel()]
    if settings.webhook_url:
        channels.append(WebhookChannel(settings.webhook_url, settings.webhook_secret.get_secret_value()))
    if urls := settings.notify_urls.get_secret_value().split():
        channels.append(NotifyChannel(urls))
    return channels
