"""One run of the paid tests: its consent, its money, and what it recorded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

from accessa.domain.provider_identity import is_mock
from real_apis.budget import Budget
from real_apis.consent import Account, Consent
from real_apis.metered_transport import MeteredTransport, outgoing
from real_apis.recordings import recording_of, write_recordings
from real_apis.tariff import Tariff
from real_apis.walks import PRIVATE_WORDS, Visit

Result = TypeVar("Result")

_REAL_PAUSE_SECONDS = 1.0
_MOCK_PAUSE_SECONDS = 0.02


class Harness:
    """What all walks of a run share: one budget, however many accounts are called."""

    def __init__(self, consent: Consent) -> None:
        """Take the consent; nothing is called yet."""
        self.consent = consent
        self.budget = Budget(consent.limit_usd)
        self._tariff = Tariff()

    async def walk(self, account: Account, walk: Callable[[Visit], Awaitable[Result]]) -> Result:
        """Walk through an account's operations, and record what came back even when the walk ends early."""
        async with self._visit(account) as visit:
            try:
                return await walk(visit)
            finally:
                self._record(visit)

    @asynccontextmanager
    async def _visit(self, account: Account) -> AsyncIterator[Visit]:
        seconds = _MOCK_PAUSE_SECONDS if is_mock(account.identity) else _REAL_PAUSE_SECONDS
        transport = MeteredTransport(outgoing(account.base_url), self.budget, self._tariff)
        try:
            yield Visit(account, transport, lambda: asyncio.sleep(seconds))
        finally:
            await transport.close_connections()

    def _record(self, visit: Visit) -> None:
        account = visit.account
        source = f"recorded from {account.identity} on {datetime.now(UTC):%Y-%m-%d}"
        recordings = [recording_of(each, account.kind, source) for each in visit.transport.exchanges.values()]
        write_recordings(self.consent.recordings, recordings, (account.key, *PRIVATE_WORDS))
