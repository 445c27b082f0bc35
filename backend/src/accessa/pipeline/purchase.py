"""What comes before every paid call: leases that hold, room in the budgets, intents, and the provider's gate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from accessa.domain.errors import AccessaError, BudgetReachedError, GateClosedError, LeaseLostError
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.budgets import require_room
from accessa.pipeline.lease_clock import LeaseClock
from accessa.pipeline.provider_gate import ProviderGate
from accessa.pipeline.services import Services
from accessa.store import ledger
from accessa.store.effects import SharedEffect
from accessa.store.ledger import PaidWork, Purchase

_SAT_OUT_SECONDS = 3.0


@dataclass(slots=True)
class Intent:
    """The ledger rows of the purchases that may be made, and why the others may not, by call key."""

    call_ids: dict[str, int] = field(default_factory=dict)
    kept_out: dict[str, AccessaError] = field(default_factory=dict)


async def intend_purchases(
    services: Services, gate: ProviderGate, purchases: Sequence[Purchase], *, tokens: int = 0
) -> Intent:
    """Write down what one call is going to buy and count the call at the gate, all in one transaction.

    A purchase whose job is another worker's by now, or whose budget has no room, is kept out. A short wait at the gate
    is sat out here, a longer one raises `GateClosedError`: then nothing was written. Raises `LeaseLostError` when all
    the jobs are, or may by now be, another worker's, and `WorkerStoppingError` in a worker that is about to end.
    """
    while True:
        services.check_staying()
        # The clock starts before the leases are looked at: a worker that sleeps through the look must not buy.
        clock = LeaseClock(services.settings.worker.lease_seconds)

        async def intend(effect: SharedEffect, clock: LeaseClock = clock) -> Intent:
            clock.shorten(effect.lease_left)
            intent = Intent()
            await _write_down(effect, services, purchases, intent)
            if intent.call_ids:
                await gate.enter(effect.connection, tokens=tokens)
            return intent

        try:
            intent = await services.shared_effect([purchase.job for purchase in purchases], intend)
        except GateClosedError as closed:
            if closed.due_in_seconds > _SAT_OUT_SECONDS:
                raise
            await asyncio.sleep(closed.due_in_seconds)
            continue
        for purchase in purchases:
            failpoint(f"{purchase.work.operation}.after_intent_before_call", purchase.job.document_id)
        clock.check()
        return intent


async def intend_purchase(job: Job, services: Services, gate: ProviderGate, work: PaidWork, *, tokens: int = 0) -> int:
    """Write down the purchase of one job, likewise; return the number of the ledger row.

    Raises what keeps it out too: `LeaseLostError`, or `BudgetReachedError` where a budget has no room.
    """
    intent = await intend_purchases(services, gate, [Purchase(job, work)], tokens=tokens)
    for error in intent.kept_out.values():
        raise error
    return intent.call_ids[work.call_key]


async def _write_down(effect: SharedEffect, services: Services, purchases: Sequence[Purchase], intent: Intent) -> None:
    held = [purchase for purchase in purchases if purchase.job.job_id in effect.jobs]
    intent.kept_out |= {
        purchase.work.call_key: LeaseLostError() for purchase in purchases if purchase.job.job_id not in effect.jobs
    }
    budget = services.settings.budget
    if not budget.is_set:
        await _intend(effect, held, intent)
        return
    # User by user in one order, as each has a lock; and what is intended for one counts for the next.
    for purchase in sorted(held, key=lambda purchase: (purchase.job.user_id, purchase.job.job_id)):
        try:
            await require_room(effect.connection, purchase.job, budget, [purchase.work.estimated_usd])
        except BudgetReachedError as reached:
            intent.kept_out[purchase.work.call_key] = reached
        else:
            await _intend(effect, [purchase], intent)


async def _intend(effect: SharedEffect, purchases: Sequence[Purchase], intent: Intent) -> None:
    call_ids = await ledger.intend_all(effect, purchases)
    keys = [purchase.work.call_key for purchase in purchases]
    intent.call_ids |= dict(zip(keys, call_ids, strict=True))
