"""The address at which the parse provider calls back."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request

from accessa.apps.api.request_scope import ServicesOf
from accessa.domain.errors import AccessaError, UsageError
from accessa.pipeline.receive_webhook import is_address_of_ours, receive_webhook
from accessa.pipeline.services import Services
from accessa.telemetry.metrics import WEBHOOKS

_BODY_SECONDS = 10.0
_REASONS = {
    "WEBHOOK_MALFORMED": "malformed",
    "WEBHOOK_SLOW": "slow",
    "WEBHOOK_TYPE_WRONG": "wrong_type",
}

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.post("/llamaparse/{locator}")
async def receive_parse_webhook(services: ServicesOf, locator: str, request: Request) -> dict[str, bool]:
    """Record a signed delivery and answer; an unknown, late or repeated one is answered alike and changes nothing."""
    try:
        await _receive(services, locator, request)
    except AccessaError as error:
        WEBHOOKS.labels("rejected", await _reason(services, locator, error.code)).inc()
        raise
    return {"received": True}


async def _reason(services: Services, locator: str, code: str) -> str:
    """Tell a delivery of the provider that we cannot verify from what a stranger sends to a made-up address."""
    if code == "WEBHOOK_UNSIGNED":
        return "bad_signature" if await is_address_of_ours(services, locator) else "stray"
    return _REASONS.get(code, "not_recorded")


async def _receive(services: Services, locator: str, request: Request) -> None:
    _check_form(request)
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            body = await request.body()
    except TimeoutError:
        raise UsageError("WEBHOOK_SLOW") from None
    await receive_webhook(
        services,
        locator,
        body,
        signature=request.headers.get("LC-Signature"),
        authorization=request.headers.get("Authorization"),
    )


def _check_form(request: Request) -> None:
    """Refuse, before it is read, a body that is packed or says that it is no JSON: the provider sends neither."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UsageError("WEBHOOK_TYPE_WRONG")
