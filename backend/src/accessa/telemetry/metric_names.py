"""How a metric is described: once, beside its instrument or query, for the exposition and the reference page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


class Exporter(StrEnum):
    """The processes that serve metrics, under the names that they have in logs."""

    API = "api-server"
    WORKER = "base-worker"
    STORAGE = "supabase-storage"
    MONITORING = "monitoring"
    LLAMAPARSE = "mock-llamaparse"
    OPENAI = "mock-openai"


OURS = (Exporter.API, Exporter.WORKER, Exporter.STORAGE, Exporter.MONITORING)


@dataclass(frozen=True, slots=True)
class Description:
    """One metric: its name as Prometheus shows it, what it is, and who serves it.

    `labels` maps each label to its possible values in words; the unit is the one that the name ends in.
    """

    name: str
    kind: Kind
    help: str
    exported_by: tuple[str, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
