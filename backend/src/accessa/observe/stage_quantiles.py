"""Quantiles of the durations of stages, as far as the buckets that count them tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate

from accessa.observe.promql.vector_functions import bucket_quantile
from accessa.telemetry.metrics import DURATION_BOUNDS


def quantile(buckets: Sequence[int], part: float) -> float:
    """Return the seconds that `part` of the runs stayed below, as Prometheus reckons it; not a number without a run."""
    bounds = (*DURATION_BOUNDS, math.inf)
    return bucket_quantile(part, list(zip(bounds, accumulate(buckets), strict=False)))
