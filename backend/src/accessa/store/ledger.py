"""The ledger of paid calls: intended before, recorded with the result, never silent, and kept for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from accessa.domain.errors import AccessaError, TransientError
from accessa.domain.job import Job
from accessa.domain.prices import Price
from accessa.store.database import Database
from accessa.store.effects import Effect, Event, SharedEffect, columns, insert_events
from accessa.store.statements import load
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_RECORDED = {"parse": "PARSE_RECORDED", "embed": "EMBED_BUFFERED"}


@dataclass(frozen=True, slots=True)
class PaidWork:
    """What a call buys: its key, provider, operation (`parse` or `embed`), model, and units (pages or inputs).

    `estimate` is how many tokens or credits of the `price` it is going to take, as far as that is known before.
    """

    call_key: str
    provider: str
    operation: str
    model: str
    units: int
    price: Price
    estimate: int = 0

    @property
    def estimated_usd(self) -> Decimal:
        """What the call is going to cost, as far as that is known before."""
        return self.price.cost(self.estimate)


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that failed, by the number of its ledger row, and the code of its error."""

    call_id: int
    code: str


@dataclass(frozen=True, slots=True)
class Purchase:
    """A job and what it buys; `repeats` is the failed call which the same holder makes once more."""

    job: Job
    work: PaidWork
    repeats: FailedCall | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """What a purchase, under the number of its ledger row, was billed: tokens where it has any, tokens or credits."""

    purchase: Purchase
    call_id: int
    tokens: int | None
    billed_units: Decimal | float

    @property
    def cost_usd(self) -> Decimal:
        """What was billed, at the price of the work."""
        return self.purchase.work.price.cost(self.billed_units)


async def intend_all(effect: Effect | SharedEffect, purchases: Sequence[Purchase]) -> list[int]:
    """Write down, before a call, what it is going to buy for its jobs; return the numbers of the ledger rows, in order.

    An intent for the same work that was left open is closed: whether that call was billed is unknown. The story of a
    job tells of each call that is a repetition.
    """
    asked = [
        (
            work.call_key,
            job.job_id,
            work.provider,
            work.operation,
            work.model,
            work.units,
            job.lease_epoch,
            work.estimated_usd,
        )
        for job, work in ((purchase.job, purchase.work) for purchase in purchases)
    ]
    rows = await effect.connection.fetch(load("intend_calls"), *columns(asked))
    found = {row["call_key"]: row["call_id"] for row in rows}
    numbers: list[int] = [found[purchase.work.call_key] for purchase in purchases]
    last = purchases[-1]
    effect.leaves(last.job, "call_was_intended", numbers[-1], last.work.call_key, last.job.lease_epoch)
    told = [_repeated(purchase, purchase.repeats) for purchase in purchases if purchase.repeats]
    await insert_events(effect.connection, [*told, *(_intended(purchase) for purchase in purchases)])
    return numbers


async def intend(effect: Effect, work: PaidWork) -> int:
    """Write down, before the call, that it is going to be made for the job; return the number of the ledger row."""
    [number] = await intend_all(effect, [Purchase(effect.job, work)])
    return number


async def record_all(effect: Effect | SharedEffect, bills: Sequence[Bill]) -> None:
    """Write down, with the results, what was billed and what that costs.

    What is recorded already stays as it is: a worker may have died over a useless result before its job ended.
    """
    rows = await effect.connection.fetch(load("record_calls"), *columns([_billed(bill) for bill in bills]))
    new = {row["call_id"] for row in rows}
    recorded = [bill for bill in bills if bill.call_id in new]
    for bill in recorded[-1:]:
        effect.leaves(bill.purchase.job, "call_was_recorded", bill.call_id, bill.purchase.work.call_key)
    await insert_events(effect.connection, [_recorded(bill) for bill in recorded])


async def record(
    effect: Effect, call_id: int, work: PaidWork, *, tokens: int | None, billed_units: Decimal | float
) -> None:
    """Write down, with the result, what the job's call was billed (tokens or credits)."""
    await record_all(effect, [Bill(Purchase(effect.job, work), call_id, tokens, billed_units)])


def _repeated(purchase: Purchase, failed: FailedCall) -> Event:
    work = purchase.work
    payload = {"call_key": work.call_key, "failed_call": failed.call_id, "error": failed.code}
    code = f"{work.operation.upper()}_REPEATED"
    return Event(purchase.job, "call_retry", code, payload, severity="warn", provider=work.provider)


def _intended(purchase: Purchase) -> Event:
    work = purchase.work
    payload = {**_payload(work), "estimated_usd": f"{work.estimated_usd:f}"}
    return Event(purchase.job, "paid_intent", f"{work.operation.upper()}_INTENDED", payload, provider=work.provider)


def _recorded(bill: Bill) -> Event:
    work = bill.purchase.work
    payload = {**_payload(work), "tokens": bill.tokens, "cost_usd": f"{bill.cost_usd:f}"}
    return Event(bill.purchase.job, "paid_recorded", _RECORDED[work.operation], payload, provider=work.provider)


def _billed(bill: Bill) -> tuple[Any, ...]:
    work = bill.purchase.work
    price = (work.price.unit, work.price.usd, work.price.factor, work.price.as_of)
    return (bill.call_id, work.units, bill.tokens, bill.cost_usd, Decimal(str(bill.billed_units)), *price)


async def find_intent(effect: Effect | SharedEffect, job_id: UUID, call_key: str) -> int:
    """Return the newest ledger row of the job with this key."""
    call_id: int = await effect.connection.fetchval(load("find_open_call"), job_id, call_key)
    return call_id


async def unanswered_since(database: Database, job_id: UUID, call_key: str) -> datetime | None:
    """Return when the job first asked for this work without learning what became of it; None if it always did."""
    async with database.connection() as connection:
        since: datetime | None = await connection.fetchval(load("find_unanswered_call"), job_id, call_key)
    return since


async def lost_parse_since(database: Database, document_id: UUID, provider: str) -> datetime | None:
    """Return when a parse of the document was first asked for that may have been accepted unknown to us, or None."""
    async with database.connection() as connection:
        since: datetime | None = await connection.fetchval(load("find_lost_parse"), document_id, provider)
    return since


async def note_refusal(effect: Effect, call_id: int, code: str) -> None:
    """Write down that the provider refused a call, which is not billed then."""
    may_be_billed = False
    await effect.connection.execute(load("fail_calls"), [call_id], code, may_be_billed)


async def note_failure(database: Database, call_ids: Sequence[int], error: AccessaError) -> bool:
    """Write down how a call ended that brought nothing of what these rows are for.

    A refusal is not billed. Of an order that may have been obeyed all the same, which is what a transient error means
    here, nobody knows; the same is held of a row that could not be written, so that the provider's word is not lost:
    then this is False.
    """
    try:
        async with database.connection() as connection:
            await connection.execute(load("fail_calls"), call_ids, error.code, isinstance(error, TransientError))
    except AccessaError as second:
        log.warning("The ledger could not be told how a call ended", code=second.code, first_code=error.code)
        return False
    return True


def _payload(work: PaidWork) -> dict[str, object]:
    return {"call_key": work.call_key, "provider": work.provider, "model": work.model, "units": work.units}
