"""The few shapes of queries that come again and again."""

from __future__ import annotations


def per_minute(metric: str, *labels: str) -> str:
    """Return how often a counter rises in a minute, by `labels`."""
    return f"sum by ({', '.join(labels)}) (rate({metric}[$__rate_interval])) * 60"


def quantile(share: float, histogram: str, *labels: str, where: str = "") -> str:
    """Return what `share` of the observations of a histogram do not exceed, by `labels`."""
    chosen = f"{histogram}_bucket{{{where}}}" if where else f"{histogram}_bucket"
    return f"histogram_quantile({share}, sum by ({', '.join((*labels, 'le'))}) (rate({chosen}[$__rate_interval])))"


def average(histogram: str) -> str:
    """Return the mean of the observations of a histogram."""
    return f"rate({histogram}_sum[$__rate_interval]) / rate({histogram}_count[$__rate_interval])"
