"""The one gate that all processes share for a provider: what may go out, and what an answer means for everybody."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from accessa.domain.errors import (
    AccessaError,
    GateClosedError,
    LeaseLostError,
    RecoverableError,
    RequestTooLargeError,
    TransientError,
    UsageError,
)
from accessa.domain.rate_limits import RateLimits
from accessa.domain.retry_rules import LONGEST_FLOOR_SECONDS
from accessa.providers.http_calls import ErrorCodes
from accessa.settings import ProviderSettings
from accessa.store import gates
from accessa.store.database import Connection, Database
from accessa.telemetry.logs import get_logger

_PROBE_LOOK_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 60.0
_NOTHING_TOLD = RateLimits()
# What our own database and disk run into while an answer is being taken in.
_OUR_OWN = {"DATABASE_UNAVAILABLE", "DATABASE_READ_ONLY", "DATABASE_POOLED", "SCHEMA_UNKNOWN", "DISK_FULL"}
log = get_logger(__name__)


class ProviderGate:
    """The gate of one provider, as one process uses it.

    After several outages in a row the circuit opens and no process calls; then one call at a time tries it, and the
    first that succeeds closes it. A refused key or a used up account opens it at once. A rate limit pauses everybody.
    """

    def __init__(self, database: Database, provider: str, codes: ErrorCodes, settings: ProviderSettings) -> None:
        """Take the provider's identity and the codes under which its errors are told."""
        self.provider = provider
        self._database = database
        self._codes = codes
        self._settings = settings
        self._own = _NOTHING_TOLD

    async def open(self, *, requests_per_minute: float, tokens_per_minute: float) -> None:
        """Enter the provider in the database; 0 leaves a limit to its headers. Raises `UsageError` MOCK_REFUSED."""
        self._own = RateLimits(
            requests_per_minute=requests_per_minute or None, tokens_per_minute=tokens_per_minute or None
        )
        await gates.register(self._database, self.provider)
        await gates.open_gate(
            self._database,
            self.provider,
            requests_per_minute=self._own.requests_per_minute,
            tokens_per_minute=self._own.tokens_per_minute,
        )

    async def enter(self, connection: Connection, *, tokens: int = 0, requests: int = 1) -> None:
        """Count one call that goes out; raises `GateClosedError` when it may not.

        Let it be the last statement of its transaction: all callers of the provider queue for this one row.
        """
        passage = await gates.enter(
            connection, self.provider, requests=requests, tokens=tokens, probe_seconds=self._settings.probe_seconds
        )
        if passage.circuit_wait > 0:
            code = passage.reason or self._codes.unavailable
            # Nobody gets through before the next probe, and no job that waits here is claimed before it.
            longest = _PROBE_LOOK_SECONDS if passage.probing else LONGEST_FLOOR_SECONDS
            raise GateClosedError(code, _spread(min(passage.circuit_wait, longest)), provider=self.provider)
        if passage.rate_wait > 0:
            wait = _spread(min(passage.rate_wait, LONGEST_FLOOR_SECONDS))
            raise GateClosedError(self._codes.rate_limited, wait, provider=self.provider, tokens=tokens)

    @asynccontextmanager
    async def call(self, *, tokens: int = 0, requests: int = 1, patience_seconds: float = 0.0) -> AsyncIterator[None]:
        """Let one call out that needs no ledger, and take in how it went.

        A rate limit that is over within the patience is sat out; behind an open circuit nobody is kept waiting.
        """
        await self._enter_alone(tokens, requests, patience_seconds)
        async with self.watched():
            yield
        await self.answered()

    async def _enter_alone(self, tokens: int, requests: int, patience_seconds: float) -> None:
        ends = time.monotonic() + patience_seconds
        while True:
            try:
                async with self._database.transaction() as connection:
                    await self.enter(connection, tokens=tokens, requests=requests)
            except GateClosedError as closed:
                if closed.code != self._codes.rate_limited or time.monotonic() + closed.due_in_seconds > ends:
                    raise
                await asyncio.sleep(closed.due_in_seconds)
            else:
                return

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Take in the error by which a call ends, for all processes, and pass it on."""
        try:
            yield
        except AccessaError as error:
            await self.failed(error)
            raise

    async def answered(self) -> None:
        """Take in an answer outside any transaction."""
        async with self._database.connection() as connection:
            await self.succeeded(connection)

    async def succeeded(
        self, connection: Connection, limits: RateLimits = _NOTHING_TOLD, *, tokens_unused: float = 0
    ) -> None:
        """Take in an answer, with the limits that its headers told and the tokens that were counted in vain."""
        held = replace(
            limits,
            requests_per_minute=_lower(limits.requests_per_minute, self._own.requests_per_minute),
            tokens_per_minute=_lower(limits.tokens_per_minute, self._own.tokens_per_minute),
        )
        if await gates.settle(connection, self.provider, held, tokens_unused=tokens_unused):
            log.info("The provider answers again", provider=self.provider)

    async def failed(self, error: AccessaError) -> None:
        """Take in an error of a call; a refusal that says nothing about the provider's health counts as an answer.

        An error of our own, met while the call was under way, says nothing about the provider at all.
        """
        if error.code in _OUR_OWN or isinstance(error, LeaseLostError | UsageError | GateClosedError):
            return
        try:
            async with self._database.connection() as connection:
                await self._take_in(connection, error)
        except AccessaError as second:
            log.warning("The provider's gate could not be told", provider=self.provider, code=second.code)

    async def _take_in(self, connection: Connection, error: AccessaError) -> None:
        if error.code == self._codes.rate_limited:
            await gates.pause(
                connection,
                self.provider,
                retry_after_seconds=_bounded(error.retry_after_seconds),
                longest_seconds=_LONGEST_PAUSE_SECONDS,
            )
            return
        if isinstance(error, RequestTooLargeError) or not isinstance(error, RecoverableError | TransientError):
            await self.succeeded(connection)
            return
        is_outage = error.code in {self._codes.unavailable, self._codes.bad_response}
        if isinstance(error, TransientError) and not is_outage:
            await self.succeeded(connection)
            return
        settings = self._settings
        opened = await gates.strike(
            connection,
            self.provider,
            error.code,
            failures_to_open=settings.failures_to_open if is_outage else 1,
            open_seconds=settings.open_seconds if is_outage else settings.refused_seconds,
            open_max_seconds=max(settings.open_max_seconds, settings.refused_seconds),
            retry_after_seconds=_bounded(error.retry_after_seconds),
        )
        if opened:
            log.error("Calls to the provider stop", provider=self.provider, code=error.code, message=error.message)


def _lower(told: float | None, own: float | None) -> float | None:
    """Return the limit that holds; one of our own is never raised by what the provider would take."""
    return told if told is None or own is None else min(told, own)


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, LONGEST_FLOOR_SECONDS)


def _spread(seconds: float) -> float:
    return seconds * random.uniform(1.0, 1.25)  # noqa: S311 - spreads the next looks, guards nothing
