"""Whether the parse provider can reach our API at the address that it is given for webhooks."""

from __future__ import annotations

from accessa.domain.addresses import host_of, is_loopback, is_private, is_public
from accessa.pipeline.provider_findings import ProviderFinding
from accessa.pipeline.public_hosts import trouble_with_host
from accessa.providers.name_lookup import Resolve
from accessa.providers.own_address import Probe, probe_health
from accessa.settings import Environment, Settings

_NAME = "callback"


async def check_callback(settings: Settings, resolve: Resolve, probe: Probe = probe_health) -> ProviderFinding:
    """Judge API_PUBLIC_URL: its form, every number that its host stands for, and who answers there."""
    address = settings.api.public_url
    if not address:
        return _bad("API_PUBLIC_URL is not set, so no webhook can come.", "Set it to the address of this API.")
    is_local = settings.runtime.environment is Environment.LOCAL
    if not is_public(address) and not (is_local and is_private(address)):
        return _bad("API_PUBLIC_URL is no public https address.", "Set it to the https address of this API.")
    if is_public(address) and (trouble := await trouble_with_host("API_PUBLIC_URL", address, resolve)):
        return _bad(f"{trouble.sentence}.", "Correct API_PUBLIC_URL or the name's entry in DNS.")
    if silence := await probe(address):
        mend = "Start the API, or correct API_PUBLIC_URL; until then results are polled."
        return _bad(f"API_PUBLIC_URL leads to {host_of(address)}, but {silence}.", mend)
    return ProviderFinding(_NAME, ok=True, sentence=f"This API answers at {host_of(address)}, {_reach(address)}.")


def _bad(sentence: str, mend: str) -> ProviderFinding:
    return ProviderFinding(_NAME, ok=False, sentence=sentence, mend=mend)


def _reach(address: str) -> str:
    if is_public(address):
        return "a public address"
    return "which is this machine" if is_loopback(address) else "which is in a private network"
