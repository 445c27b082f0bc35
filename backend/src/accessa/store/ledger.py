"""The ledger of paid calls: intended before, recorded with the result, never silent, and kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accessa.domain.errors import AccessaError, TransientError
from accessa.domain.prices import Price
from accessa.store.database import Database
from accessa.store.effects import Effect
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


async def intend(effect: Effect, work: PaidWork) -> int:
    """Write down, before the call, that it is going to be made; return the number of the ledger row.

    An intent for the same work that was left open is closed: whether that call was billed is unknown.
    """
    job = effect.job
    call_id: int = await effect.connection.fetchval(
        load("intend_call"),
        work.call_key,
        job.job_id,
        work.provider,
        work.operation,
        work.model,
        work.units,
        job.lease_epoch,
        work.estimated_usd,
    )
    effect.leaves("call_was_intended", call_id, work.call_key, job.lease_epoch)
    payload = {**_payload(work), "estimated_usd": f"{work.estimated_usd:f}"}
    await effect.event("paid_intent", f"{work.operation.upper()}_INTENDED", payload, provider=work.provider)
    return call_id


async def record(
    effect: Effect, call_id: int, work: PaidWork, *, tokens: int | None, billed_units: Decimal | float
) -> None:
    """Write down, with the result, what was billed (tokens or credits) and what that costs at the work's price.

    What is recorded already stays as it is: a worker may have died over a useless result before its job ended.
    """
    cost = work.price.cost(billed_units)
    price = (work.price.unit, work.price.usd, work.price.factor, work.price.as_of)
    recorded = await effect.connection.fetchval(
        load("record_call"), call_id, work.units, tokens, cost, Decimal(str(billed_units)), *price
    )
    if recorded is None:
        return
    effect.leaves("call_was_recorded", call_id, work.call_key)
    payload = {**_payload(work), "tokens": tokens, "cost_usd": f"{cost:f}"}
    await effect.event("paid_recorded", _RECORDED[work.operation], payload, provider=work.provider)


async def find_intent(effect: Effect, call_key: str) -> int:
    """Return the newest ledger row of the job with this key."""
    call_id: int = await effect.connection.fetchval(load("find_open_call"), effect.job.job_id, call_key)
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
    await effect.connection.execute(load("fail_call"), call_id, code, may_be_billed)


async def note_failure(database: Database, call_id: int, error: AccessaError) -> None:
    """Write down how a call ended that brought nothing.

    A refusal is not billed. Of an order that may have been obeyed all the same, which is what a transient error means
    here, nobody knows; the same is held of a row that could not be written, so that the provider's word is not lost.
    """
    try:
        async with database.connection() as connection:
            await connection.execute(load("fail_call"), call_id, error.code, isinstance(error, TransientError))
    except AccessaError as second:
        log.warning("The ledger could not be told how a call ended", code=second.code, first_code=error.code)


def _payload(work: PaidWork) -> dict[str, object]:
    return {"call_key": work.call_key, "provider": work.provider, "model": work.model, "units": work.units}
