"""Whom a Prometheus has to scrape, told to it over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from accessa.apps.monitor.alerting import OWN_JOB, Alerting
from accessa.apps.monitor.json_answers import answered
from accessa.observe.scraping.discovery import TargetGroup, target_groups
from accessa.observe.scraping.targets import target_at


def target_router(alerting: Alerting) -> APIRouter:
    """Return the route; its list is that of our own alerts, with this service at the address where it was asked."""
    router = APIRouter()

    @router.get("/api/targets")
    async def targets(request: Request) -> Response:
        return await answered(_groups(alerting, f"{request.url.scheme}://{request.url.netloc}/metrics"))

    return router


async def _groups(alerting: Alerting, own_url: str) -> list[TargetGroup]:
    return target_groups([target_at(OWN_JOB, own_url), *await alerting.targets()])
