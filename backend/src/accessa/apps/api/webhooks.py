"""The address at which the parse provider calls back."""

from __future__ import annotations

from fastapi import APIRouter, Request

from accessa.apps.api.request_scope import ServicesOf
from accessa.pipeline.receive_webhook import receive_webhook

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


@router.post("/llamaparse/{locator}")
async def receive_parse_webhook(services: ServicesOf, locator: str, request: Request) -> dict[str, bool]:
    """Record a signed delivery and answer; an unknown, late or repeated one is answered alike and changes nothing."""
    await receive_webhook(
        services,
        locator,
        await request.body(),
        signature=request.headers.get("LC-Signature"),
        authorization=request.headers.get("Authorization"),
    )
    return {"received": True}
