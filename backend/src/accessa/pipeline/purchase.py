"""What comes before every paid call: lease renewed, room in the budgets, intent written, the provider's gate passed."""

from __future__ import annotations

import asyncio

from accessa.domain.errors import GateClosedError
from accessa.domain.job import Job
from accessa.failpoints import failpoint
from accessa.pipeline.budgets import require_room
from accessa.pipeline.lease_clock import LeaseClock
from accessa.pipeline.provider_gate import ProviderGate
from accessa.pipeline.services import Services
from accessa.store import ledger
from accessa.store.effects import Effect
from accessa.store.ledger import PaidWork

_SAT_OUT_SECONDS = 3.0


async def intend_purchase(job: Job, services: Services, gate: ProviderGate, work: PaidWork, *, tokens: int = 0) -> int:
    """Write down the purchase and count it at the gate, in one transaction; return the number of the ledger row.

    A short wait at the gate is sat out here, a longer one raises `GateClosedError`: then nothing was written, nor where
    a budget has no room, which raises `BudgetReachedError`. Raises `LeaseLostError` when the job is, or may by now be,
    another worker's, and `WorkerStoppingError` in a worker that is about to end.
    """

    async def intend(effect: Effect) -> int:
        await require_room(effect, services.settings.budget, [work.estimated_usd])
        call_id = await ledger.intend(effect, work)
        await gate.enter(effect.connection, tokens=tokens)
        return call_id

    while True:
        services.check_staying()
        # The clock starts before the lease is renewed: a worker that sleeps through the renewal must not buy.
        clock = LeaseClock(services.settings.worker.lease_seconds)
        try:
            call_id = await services.effect(job, intend)
        except GateClosedError as closed:
            if closed.due_in_seconds > _SAT_OUT_SECONDS:
                raise
            await asyncio.sleep(closed.due_in_seconds)
        else:
            failpoint(f"{work.operation}.after_intent_before_call", job.document_id)
            clock.check()
            return call_id
