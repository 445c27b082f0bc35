"""The ledger of paid calls: intended before, recorded with the result, never silent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from accessa.store.database import Database
from accessa.store.effects import Effect
from accessa.store.statements import load

_RECORDED = {"parse": "PARSE_RECORDED", "embed": "EMBED_BUFFERED"}


@dataclass(frozen=True, slots=True)
class PaidWork:
    """What a call buys: its key, provider, operation (`parse` or `embed`), model, and units (pages or inputs)."""

    call_key: str
    provider: str
    operation: str
    model: str
    units: int


async def intend(effect: Effect, work: PaidWork) -> int:
    """Write down, before the call, that it is going to be made; return the number of the ledger row."""
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
    )
    effect.leaves("call_was_intended", call_id, work.call_key, job.lease_epoch)
    await effect.event("paid_intent", f"{work.operation.upper()}_INTENDED", _payload(work), provider=work.provider)
    return call_id


async def record(effect: Effect, call_id: int, work: PaidWork, *, tokens: int | None, cost_usd: Decimal) -> None:
    """Write down, with the result, what the call cost."""
    await effect.connection.execute(load("record_call"), call_id, work.units, tokens, cost_usd)
    effect.leaves("call_was_recorded", call_id, work.call_key)
    payload = {**_payload(work), "tokens": tokens, "cost_usd": str(cost_usd)}
    await effect.event("paid_recorded", _RECORDED[work.operation], payload, provider=work.provider)


async def find_intent(effect: Effect, call_key: str) -> int:
    """Return the newest ledger row of the job with this key."""
    call_id: int = await effect.connection.fetchval(load("find_open_call"), effect.job.job_id, call_key)
    return call_id


async def note_failure(database: Database, call_id: int, code: str) -> None:
    """Write down that a call failed; whether the provider bills it is for its own bill to say."""
    async with database.connection() as connection:
        await connection.execute(load("fail_call"), call_id, code)


def _payload(work: PaidWork) -> dict[str, object]:
    return {"call_key": work.call_key, "provider": work.provider, "model": work.model, "units": work.units}
