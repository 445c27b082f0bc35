"""What processes tell at /metrics, read back."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from accessa.domain.addresses import trust_for


async def scrape(address: str) -> str:
    """Return what a process tells at its address, without any key."""
    async with httpx.AsyncClient(base_url=address, verify=trust_for(address), trust_env=False) as client:
        answer = await client.get("/metrics")
    assert 200 == answer.status_code, answer.text
    return answer.text


def families(text: str) -> list[Metric]:
    """Return what was told, as Prometheus reads it."""
    return list(text_string_to_metric_families(text))


def names_of(text: str) -> set[str]:
    """Return the names of our metrics that have a series, a counter's with its ending."""
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families(text)
        if family.samples and family.name.startswith(("accessa_", "mock_"))
    }


def label_values(texts: Iterable[str], label: str) -> set[str]:
    """Return every value that a label has."""
    return {
        sample.labels[label]
        for text in texts
        for family in families(text)
        for sample in family.samples
        if label in sample.labels
    }


def value_of(text: str, name: str, **labels: str) -> float:
    """Return the sum of the series of a name that bear these labels; 0 when there is none."""
    return sum(
        sample.value
        for family in families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
