"""The table of metrics: made of the descriptions, and following the conventions of Prometheus."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import pytest
from backend.tests.programs import metrics_faults
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

import metrics_table
from accessa.observe.metric import Metric, Sample
from accessa.observe.readings import described_metrics
from accessa.observe.service_metrics import SERVICE_METRICS
from accessa.observe.system_metrics import OWN_METRICS, families
from accessa.settings import settings_of
from accessa.telemetry.exposition import exposition
from accessa.telemetry.metric_names import OURS, Exporter
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


@pytest.mark.parametrize("process", OURS)
def test_whatever_a_process_counts_is_described(process: Exporter) -> None:
    """The instruments that a process tells are those that the page says it tells."""
    told = set(re.findall(r"^# TYPE (accessa_\w+) ", exposition(process).decode(), re.MULTILINE))

    assert {one.name for one in metrics_table.of_processes() if process in one.exported_by} == told


@pytest.mark.parametrize("process", OURS)
def test_prometheus_finds_nothing_wrong_with_what_is_told(process: Exporter) -> None:
    """The checker of Prometheus takes every metric as it is named and labelled, those of the whole system included."""
    system = (*OWN_METRICS, *described_metrics(settings_of({})), *SERVICE_METRICS)

    assert "" == metrics_faults(exposition(process, _Each(system)))


def test_a_label_that_prometheus_keeps_for_itself_is_found() -> None:
    """The check can fail: a gauge with the label of a summary is refused."""
    wrong = Metric("accessa_wrong_seconds", "gauge", "Wrong", ("quantile",))

    assert "quantile" in metrics_faults(exposition(Exporter.MONITORING, _Each([wrong])))


class _Each(Collector):
    """One sample of each metric."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Yield them as families."""
        return families(Sample(metric, 1, metric.labels) for metric in self._metrics)
