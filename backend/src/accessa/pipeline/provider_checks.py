"""Whether the outside services of the settings can be used: one cheap call each, in plain sentences without secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from accessa.domain.errors import AccessaError
from accessa.domain.provider_identity import identity_of
from accessa.domain.rate_limits import RateLimits
from accessa.pipeline.callback_check import check_callback
from accessa.pipeline.database_check import check_database
from accessa.pipeline.provider_findings import PATIENCE_SECONDS, Account, ProviderFinding, asked
from accessa.pipeline.storage_check import check_storage
from accessa.providers.llamaparse import LlamaParseClient
from accessa.providers.name_lookup import Resolve, look_up
from accessa.providers.openai import OpenAIClient
from accessa.settings import DatabaseSettings, Settings
from accessa.store.database import Database
from accessa.store.driver_errors import DRIVER_ERRORS
from accessa.store.gates import list_gates

_DATABASE_PATIENCE_SECONDS = 3.0

Gates = Mapping[str, Mapping[str, Any]]


async def check_providers(
    settings: Settings, *, resolve: Resolve = look_up, with_callback: bool = True
) -> list[ProviderFinding]:
    """Look at parse provider, embedding provider, storage, callback address and database, side by side.

    The callback address is answered by our own API, so it is left out before that has started.
    """
    gates = await _read_gates(settings)
    looks = [_check_parse(settings, gates), _check_embed(settings, gates), check_storage(settings)]
    if with_callback:
        looks.append(check_callback(settings, resolve))
    findings, database = await asyncio.gather(asyncio.gather(*looks), check_database(settings))
    return [*findings, *database]


async def _check_parse(settings: Settings, gates: Gates) -> ProviderFinding:
    parse = settings.parse
    account = Account(
        "llamaparse",
        identity_of("llamaparse", parse.base_url),
        "LLAMAPARSE_API_KEY",
        "LLAMAPARSE_BASE_URL",
        "https://api.cloud.llamaindex.ai",
        min(parse.timeout_seconds, PATIENCE_SECONDS),
    )

    async def look() -> ProviderFinding:
        async with LlamaParseClient(
            parse.base_url, parse.api_key.get_secret_value(), timeout_seconds=account.patience_seconds
        ) as client:
            versions = await client.check_access()
        if not versions:
            return account.stranger()
        if parse.tier not in versions:
            return account.bad(f"has no tier {parse.tier}.", f"Set LLAMAPARSE_TIER: {', '.join(sorted(versions))}.")
        newest = versions[parse.tier]
        used = f"the newest version, {newest}" if parse.version == "latest" else f"version {parse.version}"
        return account.good(f"accepts LLAMAPARSE_API_KEY; tier {parse.tier} is used in {used}.")

    return _with_gate(await asked(account, parse.api_key.get_secret_value(), look), gates.get(account.identity))


async def _check_embed(settings: Settings, gates: Gates) -> ProviderFinding:
    openai, model = settings.openai, settings.embed.model
    account = Account(
        "openai",
        identity_of("openai", openai.base_url),
        "OPENAI_API_KEY",
        "OPENAI_BASE_URL",
        "https://api.openai.com/v1",
        min(openai.timeout_seconds, PATIENCE_SECONDS),
        model,
    )
    gate = gates.get(account.identity)

    async def look() -> ProviderFinding:
        async with OpenAIClient(
            openai.base_url, openai.api_key.get_secret_value(), timeout_seconds=account.patience_seconds
        ) as client:
            limits = await client.check_access(model)
        return account.good(f"accepts OPENAI_API_KEY and serves {model}{_plan(limits, gate)}.")

    return _with_gate(await asked(account, openai.api_key.get_secret_value(), look), gate)


async def _read_gates(settings: Settings) -> Gates:
    """Return the gates by their providers; none when the database does not answer or has another schema."""
    if not settings.database.url.get_secret_value():
        return {}
    database = Database(_quick(settings.database), "accessa-doctor", environment=settings.runtime.environment)
    try:
        return {row["provider"]: row for row in await list_gates(database)}
    except (AccessaError, *DRIVER_ERRORS):
        return {}
    finally:
        await database.close()


def _quick(database: DatabaseSettings) -> DatabaseSettings:
    patience = min(database.connect_timeout_seconds, _DATABASE_PATIENCE_SECONDS)
    return database.model_copy(update={"pool_size": 2, "connect_timeout_seconds": patience})


def _plan(limits: RateLimits, gate: Mapping[str, Any] | None) -> str:
    """Return the limits of the plan: those of this answer's headers, else those that the gate remembers."""
    requests = limits.requests_per_minute or (gate["requests_per_minute"] if gate else None)
    tokens = limits.tokens_per_minute or (gate["tokens_per_minute"] if gate else None)
    told = [f"{number:,.0f} {what}" for number, what in ((requests, "requests"), (tokens, "tokens")) if number]
    return f"; its plan allows {' and '.join(told)} a minute" if told else ""


def _with_gate(finding: ProviderFinding, gate: Mapping[str, Any] | None) -> ProviderFinding:
    """Add what the workers have met: a call that costs nothing does not show that credit is used up."""
    if not finding.ok or gate is None or gate["state"] == "closed":
        return finding
    sentence = f"{finding.sentence} But the workers' calls to it are stopped: {gate['reason']}."
    mend = f"They try again in {gate['probe_in_seconds'] or 0:.0f} s; see: accessa jobs list"
    return ProviderFinding(finding.name, ok=False, sentence=sentence, mend=mend)
