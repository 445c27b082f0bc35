"""What a completed job costs: one billed unit per page with content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import cast

from mock_providers.bill import BilledUnit
from mock_providers.llamaparse.job_store import Job
from mock_providers.llamaparse.tiers import CREDITS_PER_PAGE, EXTRA_FOR_CONFIDENCE, USD_PER_CREDIT, Tier


def page_units(job: Job, pages: Iterable[int]) -> list[BilledUnit]:
    """Return the units of `pages`; the key says bytes, options and page, so the same work has the same key."""
    processing = job.options.processing_options
    extra = EXTRA_FOR_CONFIDENCE if processing and processing.confidence_score_effort else 0
    per_page = CREDITS_PER_PAGE[cast("Tier", job.tier)] + extra
    return [
        BilledUnit(
            kind="parse",
            unit_key=hashlib.sha256(f"{job.sha256}:{job.options_hash}:{page}".encode()).hexdigest(),
            request_id=job.job_id,
            model=job.tier,
            quantity=per_page,
            unit="credits",
            cost_usd=per_page * USD_PER_CREDIT,
        )
        for page in pages
    ]
