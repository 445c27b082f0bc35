"""The table of metrics: made of the descriptions, and following the conventions of Prometheus."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import metrics_table
from metrics_table import PAGE, ROOT, Described

ALL = [*metrics_table.of_processes(), *metrics_table.of_the_system()]


def test_the_page_is_what_the_code_says() -> None:
    """After a change of a metric the page is made again: `make metrics-table`."""
    page = metrics_table.page_of(metrics_table.of_processes(), metrics_table.of_the_system())

    assert page == (ROOT / PAGE).read_text(encoding="utf-8")


def test_no_metric_is_described_twice() -> None:
    """A name means one thing."""
    assert [] == [name for name, times in Counter(one.name for one in ALL).items() if times > 1]


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_a_metric_is_named_as_prometheus_asks(one: Described) -> None:
    """Names are ours, in snake case, counters end in `_total`, and every label says what it may be."""
    assert re.fullmatch(r"(accessa|mock)_[a-z0-9]+(_[a-z0-9]+)*", one.name)
    assert (one.kind == "counter") == one.name.endswith("_total")
    assert all(one.labels.values())
    assert one.help
