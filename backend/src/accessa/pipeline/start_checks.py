"""What a service looks at before it starts: whether its addresses lead where they may."""

from __future__ import annotations

import asyncio

from accessa.domain.addresses import is_private, is_public
from accessa.domain.errors import UsageError
from accessa.pipeline.public_hosts import HostTrouble, trouble_with_host
from accessa.providers.name_lookup import Resolve, look_up
from accessa.providers.own_address import Probe, probe_health
from accessa.settings import Environment, Settings, outside_addresses
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_TRIES = 3


async def check_addresses(settings: Settings, *, resolve: Resolve = look_up, pause_seconds: float = 2.0) -> None:
    """Refuse to start where an address leads into a private network, or nowhere.

    Outside `local` each host is resolved. In `local` the providers may be anywhere, and API_PUBLIC_URL has to name this
    machine, a host of a private network, or a public https address. Raises `UsageError` SETTINGS_INVALID.
    """
    if settings.runtime.environment is Environment.LOCAL:
        _check_own_address(settings.api.public_url)
        return
    addresses = outside_addresses(settings)
    looks = (_settled_trouble(name, address, resolve, pause_seconds) for name, address in addresses.items())
    for name, trouble in zip(addresses, await asyncio.gather(*looks), strict=True):
        if trouble:
            raise UsageError("SETTINGS_INVALID", f"{trouble.sentence}; correct {name} and start again.")


async def warn_of_silent_callback(
    settings: Settings, *, probe: Probe = probe_health, pause_seconds: float = 20.0
) -> None:
    """Log one warning when our API does not answer at its public address; a deploy starts both at the same time."""
    if settings.runtime.environment is Environment.LOCAL:
        return
    for _ in range(_TRIES - 1):
        if await probe(settings.api.public_url) is None:
            return
        await asyncio.sleep(pause_seconds)
    if trouble := await probe(settings.api.public_url):
        log.warning("Webhooks cannot reach the API at API_PUBLIC_URL", code="CALLBACK_UNREACHABLE", found=trouble)


def _check_own_address(address: str) -> None:
    if not is_private(address) and not is_public(address):
        raise UsageError(
            "SETTINGS_INVALID",
            "API_PUBLIC_URL must be the http address of this machine or of a private network, or a public https one.",
        )


async def _settled_trouble(name: str, address: str, resolve: Resolve, pause_seconds: float) -> HostTrouble | None:
    """Return what is still wrong after a few looks: the network of a fresh container may come up a little later."""
    for _ in range(_TRIES - 1):
        trouble = await trouble_with_host(name, address, resolve)
        if trouble is None or not trouble.may_pass:
            return trouble
        await asyncio.sleep(pause_seconds)
    return await trouble_with_host(name, address, resolve)
