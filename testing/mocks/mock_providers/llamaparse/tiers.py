"""Parse tiers: their versions, and what a page costs.

Source: the types of llama-cloud 2.19 (versions, only the newest here) and the published price list of 2026-09.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

Tier = Literal["fast", "cost_effective", "agentic", "agentic_plus"]
TIERS: tuple[Tier, ...] = get_args(Tier)

VERSIONS: dict[Tier, tuple[str, ...]] = {
    "fast": ("2026-06-15", "2025-12-11"),
    "cost_effective": ("2026-09-28", "2026-06-18", "2025-12-11"),
    "agentic": ("2026-10-16", "2026-09-28", "2026-06-18", "2025-12-11"),
    "agentic_plus": ("2026-09-28", "2026-06-18", "2025-12-11"),
}

CREDITS_PER_PAGE: dict[Tier, float] = {"fast": 1, "cost_effective": 3, "agentic": 10, "agentic_plus": 45}
EXTRA_FOR_CONFIDENCE = 5
"""Credits per page for `confidence_score_effort: high`."""
USD_PER_CREDIT = 1.25 / 1000

_DATED = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_version(version: str) -> bool:
    """Tell whether `version` is `latest` or has the form of a dated one."""
    return version == "latest" or _DATED.fullmatch(version) is not None


def resolve_version(tier: Tier, version: str) -> str:
    """Return the dated version that `latest` stands for; other versions as they are."""
    return VERSIONS[tier][0] if version == "latest" else version
