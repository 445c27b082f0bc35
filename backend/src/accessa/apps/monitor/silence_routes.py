"""Silences over HTTP."""

from __future__ import annotations

import time
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, Field

from accessa.apps.monitor.alerting import Alerting
from accessa.apps.monitor.json_answers import answered, json_answer
from accessa.domain.errors import UsageError
from accessa.observe.alerts.records import Silence

_MONTH_SECONDS = 31 * 86400


class NewSilence(BaseModel):
    """A wish to hear nothing of an alert for a while; `labels` narrow it down to some of its instances."""

    alert: str
    seconds: float = Field(gt=0, le=_MONTH_SECONDS)
    labels: dict[str, str] = Field(default_factory=dict)
    reason: str = Field("", max_length=500)
    created_by: str = Field("", max_length=100)


def silence_router(alerting: Alerting) -> APIRouter:
    """Return the routes; a silence holds from the moment that it is answered."""
    router = APIRouter()

    @router.get("/api/silences")
    async def silences() -> Response:
        return json_answer(alerting.watch.silences.lasting(int(time.time() * 1000)))

    @router.post("/api/silences")
    async def add(wish: NewSilence) -> Response:
        return await answered(_add(alerting, wish), status=201)

    @router.delete("/api/silences/{silence_id}")
    async def end(silence_id: UUID) -> Response:
        return await answered(_end(alerting, silence_id))

    return router


async def _add(alerting: Alerting, wish: NewSilence) -> Silence:
    if wish.alert not in alerting.watch.rules:
        raise UsageError("ALERT_UNKNOWN")
    made = await alerting.records.add_silence(wish.alert, wish.labels, wish.seconds, wish.reason, wish.created_by)
    await alerting.watch.refresh_silences()
    return made


async def _end(alerting: Alerting, silence_id: UUID) -> dict[str, str]:
    if not await alerting.records.end_silence(silence_id):
        raise UsageError("SILENCE_MISSING")
    await alerting.watch.refresh_silences()
    return {"ended": str(silence_id)}
