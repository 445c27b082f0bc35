"""All dashboards, and how one is written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.overview import overview
from dashboards.pipeline import pipeline
from dashboards.providers import providers
from dashboards.storage import storage
from dashboards.workers import workers

DASHBOARDS: dict[str, Callable[[], Dashboard]] = {
    "overview": overview,
    "pipeline": pipeline,
    "providers": providers,
    "storage": storage,
    "workers": workers,
}
"""Each by the name of its file."""


def as_json(dashboard: Dashboard) -> str:
    """Return the dashboard as Grafana reads it."""
    plain: dict[str, Any] = json.loads(JSONEncoder().encode(dashboard))
    return json.dumps(plain, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
