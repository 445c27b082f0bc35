"""Health: is this process alive, and is everything there that an upload needs."""

from __future__ import annotations

from fastapi import APIRouter, Response

import accessa
from accessa.apps.api.answers import ReadyAnswer
from accessa.apps.api.request_scope import ServicesOf
from accessa.domain.errors import AccessaError
from accessa.pipeline.services import Services
from accessa.providers.storage import BUCKETS
from accessa.settings import check_callers, check_service
from accessa.store.schema_version import live_schema
from accessa.store.workers import count_live

router = APIRouter(tags=["health"])


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def health() -> dict[str, str]:
    """Say that the process answers; nothing else is asked."""
    return {"status": "ok", "service": "api-server", "version": accessa.__version__}


@router.get("/ready", responses={503: {"model": ReadyAnswer, "description": "Something is missing"}})
async def ready(services: ServicesOf, response: Response) -> ReadyAnswer:
    """Check database, schema, storage, workers and settings; 503 names what is missing."""
    database, schema = await _database(services)
    checks = {
        "database": database,
        "schema": schema,
        "storage": await _storage(services),
        "worker": await _worker(services),
        "settings": _settings(services),
    }
    good = all(sentence == "ok" for sentence in checks.values())
    response.status_code = 200 if good else 503
    return ReadyAnswer(status="ok" if good else "not ready", checks=checks)


async def _database(services: Services) -> tuple[str, str]:
    """Return what is wrong with the database and with its schema, `ok` twice when nothing is."""
    try:
        found = await live_schema(services.database)
    except AccessaError as error:
        return ("ok" if error.code == "SCHEMA_UNKNOWN" else error.message), error.message
    return "ok", "ok" if found.fits else found.advice


def _settings(services: Services) -> str:
    try:
        check_service(services.settings)
        check_callers(services.settings)
    except AccessaError as error:
        return error.message
    return "ok"


async def _storage(services: Services) -> str:
    try:
        await services.storage.ensure_buckets(BUCKETS)
    except AccessaError as error:
        return error.message
    return "ok"


async def _worker(services: Services) -> str:
    try:
        alive = await count_live(services.database)
    except AccessaError as error:
        return error.message
    return "ok" if alive else "No worker is alive: uploads are kept, and processed once one runs."
