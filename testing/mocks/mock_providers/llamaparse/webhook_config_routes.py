"""The routes of saved webhook configurations: `/api/v1/beta/webhook-configs`, and the paged list of v2."""

from __future__ import annotations

import sys
from itertools import chain
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, BaseModel, Field

from mock_providers.llamaparse.configuration import Strict, Webhook
from mock_providers.llamaparse.results import PROJECT, moment
from mock_providers.llamaparse.simulator import Simulator
from mock_providers.llamaparse.webhook_configs import SavedWebhook

_NOT_FOUND = 404
_PATH = "/api/v1/beta/webhook-configs"
_SHORT = ("cancelled", "error", "pending", "running", "success")
_FULL = (*_SHORT, "partial_success")
_WITHOUT_RUNNING = tuple(state for state in _FULL if state != "running")
_STATES: dict[str, tuple[str, ...]] = {
    "batch": _SHORT,
    "classify": _FULL,
    "extract": _WITHOUT_RUNNING,
    "parse": _FULL,
    "sheets": _WITHOUT_RUNNING,
    "split": ("cancelled", "error", "pending", "processing", "success"),
    "verify": _SHORT,
}
EVENTS = frozenset(
    chain(["unmapped_event"], (f"{product}.{state}" for product, states in _STATES.items() for state in states))
)


def _known(event: str) -> str:
    if event not in EVENTS:
        raise ValueError(f"{event!r} is not an event that can be subscribed to")
    return event


Events = Annotated[list[Annotated[str, AfterValidator(_known)]], Field(min_length=1)]
Url = Annotated[str, Field(pattern="^https?://")]


class ChangedWebhookConfig(Strict):
    """The values of a saved configuration that a request changes."""

    webhook_url: Url | None = None
    webhook_events: Events | None = None
    webhook_headers: dict[str, str] | None = None
    webhook_output_format: Literal["string", "json"] | None = None
    webhook_signing_secret: str | None = None


class NewWebhookConfig(ChangedWebhookConfig):
    """A configuration to save."""

    webhook_url: Url


class WebhookConfigQuery(BaseModel):
    """The query of the paged list."""

    page_size: Annotated[int, Field(ge=1, le=1000)] = 50
    page_token: Annotated[int, Field(ge=0, le=sys.maxsize)] = 0
    include_total: bool = False


def webhook_config_routes(simulator: Simulator) -> APIRouter:
    """Return the router of saved webhook configurations."""
    router = APIRouter(tags=["webhook configurations"])
    _add_list_routes(router, simulator)
    _add_config_routes(router, simulator)
    return router


def _add_list_routes(router: APIRouter, simulator: Simulator) -> None:
    store = simulator.webhook_configs

    @router.get(_PATH)
    async def everything() -> list[dict[str, Any]]:
        """List all configurations, as the deprecated call does."""
        return [_view(saved) for saved in await run_in_threadpool(store.listed, 0, sys.maxsize)]

    @router.get("/api/v2/webhook-configs")
    async def listing(query: Annotated[WebhookConfigQuery, Query()]) -> dict[str, Any]:
        """List configurations page by page."""
        found = await run_in_threadpool(store.listed, query.page_token, query.page_size + 1)
        shown = found[: query.page_size]
        return {
            "items": [_view(saved) for saved in shown],
            "next_page_token": str(shown[-1].place) if len(found) > len(shown) else None,
            "total_size": await run_in_threadpool(store.count) if query.include_total else None,
        }


def _add_config_routes(router: APIRouter, simulator: Simulator) -> None:
    store = simulator.webhook_configs

    async def existing(config_id: str) -> SavedWebhook:
        saved = await run_in_threadpool(store.find, config_id)
        if saved is None:
            raise HTTPException(_NOT_FOUND, "Webhook configuration not found")
        return saved

    @router.post(_PATH)
    async def create(body: NewWebhookConfig) -> dict[str, Any]:
        """Save a configuration."""
        return _view(await run_in_threadpool(store.add, Webhook(**body.model_dump())))

    @router.get(f"{_PATH}/{{config_id}}")
    async def show(config_id: str) -> dict[str, Any]:
        """Show a configuration without its secret."""
        return _view(await existing(config_id))

    @router.put(f"{_PATH}/{{config_id}}")
    async def change(config_id: str, body: ChangedWebhookConfig) -> dict[str, Any]:
        """Change the given values and leave the others, the secret included."""
        changes = body.model_dump(exclude_unset=True)
        # An address cannot be taken away.
        if changes.get("webhook_url", "") is None:
            del changes["webhook_url"]
        return _view(await run_in_threadpool(store.change, await existing(config_id), changes))

    @router.delete(f"{_PATH}/{{config_id}}", status_code=204)
    async def delete(config_id: str) -> None:
        """Delete a configuration; jobs that named it keep it."""
        if not await run_in_threadpool(store.delete, config_id):
            raise HTTPException(_NOT_FOUND, "Webhook configuration not found")


def _view(saved: SavedWebhook) -> dict[str, Any]:
    return {
        "id": saved.config_id,
        "tenant_id": PROJECT,
        "tenant_type": "project",
        **saved.webhook.model_dump(exclude={"webhook_signing_secret"}),
        "has_secret": bool(saved.webhook.webhook_signing_secret),
        "created_at": moment(saved.created_at),
        "updated_at": moment(saved.updated_at),
    }
