"""Notices by e-mail, Slack and whatever else Apprise knows; it comes with the extra `notify`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from accessa.domain.errors import UsageError
from accessa.observe.alerts.channels.port import DeliveryError
from accessa.observe.alerts.messages import Message, as_text

_KINDS = {"critical": "failure", "warning": "warning", "info": "info"}


class NotifyChannel:
    """Sends each message to all addresses."""

    name = "notify"

    def __init__(self, urls: Sequence[str]) -> None:
        """Take the addresses; raises `UsageError` SETTINGS_INVALID for one that is none, or without the package."""
        self._sender = _library().Apprise()
        for number, url in enumerate(urls, start=1):
            if not self._sender.add(url):
                # The address itself may hold a password.
                sentence = f"Address {number} of ALERT_NOTIFY_URLS is none that Apprise knows."
                raise UsageError("SETTINGS_INVALID", sentence)

    async def send(self, message: Message) -> None:
        """Send the message to every address at once."""
        kind = "success" if not message.firing else _KINDS[message.severity]
        delivered = await asyncio.to_thread(
            self._sender.notify, title=message.title, body=as_text(message), notify_type=kind, body_format="text"
        )
        if not delivered:
            raise DeliveryError("an address did not take it")

    async def close(self) -> None:
        """There is nothing to let go of."""


def _library() -> Any:
    try:
        return import_module("apprise")
    except ImportError:
        sentence = "ALERT_NOTIFY_URLS is set, but the extra `notify` is not installed: pip install 'accessa[notify]'"
        raise UsageError("SETTINGS_INVALID", sentence) from None
