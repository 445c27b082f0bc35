"""The monitoring reads the metrics of all services: quickly, truly, and with a sign for whoever does not answer."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from accessa.domain.errors import UsageError
from accessa.observe.promql.expression import read_expression
from accessa.observe.promql.samples import SampleStore
from accessa.observe.scraping.exposition import wanted_samples
from accessa.observe.scraping.scraper import Scraper
from accessa.observe.scraping.targets import Target, find_targets, read_targets, target_at
from accessa.observe.service_list import UNSUPERVISED, Service

OWN = Target("monitoring", "monitoring", "")
API = target_at("api-server", "http://127.0.0.1:8000/metrics")


@settings(deadline=None)
@given(
    values=st.dictionaries(st.text(min_size=1, max_size=8), st.floats(allow_nan=False), min_size=1, max_size=5),
    count=st.integers(0, 10),
)
def test_metrics_are_read_as_the_library_reads_them(values: dict[str, float], count: int) -> None:
    """Whatever labels and values hold, our quick reader finds what the reader of prometheus_client finds."""
    registry = CollectorRegistry()
    gauge = Gauge("accessa_level", "A gauge", ["name"], registry=registry)
    Counter("accessa_things", "A counter", registry=registry).inc(count)
    Gauge("accessa_unwanted", "Nobody asks", registry=registry).set(1)
    for name, value in values.items():
        gauge.labels(name).set(value)
    text = generate_latest(registry).decode()
    names = {"accessa_level", "accessa_things_total"}
    theirs = {
        (tuple(sorted({"__name__": sample.name, **sample.labels}.items())), sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in names
    }

    assert theirs == set(wanted_samples(text, names))


class Services:
    """What the services answer, as long as they answer."""

    def __init__(self) -> None:
        self.text = "accessa_requests_total 5\n"
        self.own = b"accessa_database_up 1\n"
        self.is_up = True

    def answer(self, _request: httpx.Request) -> httpx.Response:
        """Answer, or refuse the connection."""
        if not self.is_up:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, text=self.text)

    async def render(self) -> bytes:
        """Render the monitoring's own metrics."""
        return self.own


def results(store: SampleStore, expression: str, second: int) -> list[tuple[dict[str, str], float]]:
    """Return what an expression gives at a second."""
    found = read_expression(expression).evaluate(store, second * 1000)
    return [(dict(labels), value) for labels, value in found.items()]


@pytest.fixture
def services() -> Services:
    """Services that answer."""
    return Services()


@pytest.fixture
def store() -> SampleStore:
    """A store for what the tests ask about."""
    return SampleStore({"accessa_requests_total": 300, "accessa_database_up": 0, "up": 0})


@pytest.fixture
def scraper(store: SampleStore, services: Services) -> Scraper:
    """A scraper of these services."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(services.answer))
    return Scraper(store, client, OWN, services.render)


async def test_a_target_that_is_away_is_down_and_has_no_figures(
    scraper: Scraper, services: Services, store: SampleStore
) -> None:
    """When a service does not answer, its last figures do not pass for those of now."""
    await scraper.look([API], 1000)
    services.is_up = False
    await scraper.look([API], 2000)

    assert [1.0] == [value for _, value in results(store, "accessa_requests_total * 0 + up{job='api-server'}", 1)]
    assert [] == results(store, "accessa_requests_total", 2)
    assert [({"__name__": "up", "instance": "127.0.0.1:8000", "job": "api-server"}, 0.0)] == results(
        store, 'up{job="api-server"}', 2
    )
    assert [1.0] == [value for _, value in results(store, 'up{job="monitoring"}', 2)]


async def test_a_target_that_is_no_more_is_not_down(scraper: Scraper, store: SampleStore) -> None:
    """A worker that ended in order is no target any more, and nobody is told that it cannot be reached."""
    await scraper.look([API], 1000)
    await scraper.look([], 2000)

    assert [] == results(store, 'up{job="api-server"}', 2)


async def test_figures_that_a_target_tells_no_more_are_gone(
    scraper: Scraper, services: Services, store: SampleStore
) -> None:
    """A figure that is left out of an answer, as those of a silent database, ends at once, not after five minutes."""
    await scraper.look([], 1000)
    services.own = b""
    await scraper.look([], 2000)

    assert [({}, 1.0)] == results(store, "absent(accessa_database_up)", 2)


async def test_a_counter_that_begins_late_counts_from_nothing(
    scraper: Scraper, services: Services, store: SampleStore
) -> None:
    """The first error of a kind brings its counter with it; that it was not there before means that it was 0."""
    await scraper.look([API], 1000)
    services.text = 'accessa_requests_total 5\naccessa_requests_total{code="NEW"} 3\n'
    await scraper.look([API], 2000)
    found = results(store, 'increase(accessa_requests_total{code="NEW"}[1m])', 2)

    assert [3.0] == [value for _, value in found]


async def test_metrics_that_cannot_be_read_are_those_of_a_target_that_is_down(
    scraper: Scraper, services: Services, store: SampleStore
) -> None:
    """A page that is no metrics, as that of a proxy, does not end the look at the others."""
    services.text = "accessa_requests_total many\n"
    await scraper.look([API], 1000)

    assert [0.0, 1.0] == sorted(value for _, value in results(store, "up", 1))


def test_targets_are_the_services_that_speak_http_and_the_workers() -> None:
    """Postgres has no metrics of this kind, the monitoring reads its own, and each worker has its own address."""
    listed = [
        Service("postgres", "healthy", "postgresql://127.0.0.1:5432/x", 1, 0),
        Service("api-server", "healthy", "http://127.0.0.1:8000", 2, 0),
        Service("monitoring", "healthy", "http://127.0.0.1:3000", 3, 0),
    ]
    found = find_targets(listed, {"w1": "http://127.0.0.1:9001/metrics"}, read_targets("mine=http://host:1/metrics"))

    assert [
        ("api-server", "http://127.0.0.1:8000/metrics"),
        ("base-worker", "http://127.0.0.1:9001/metrics"),
        ("mine", "http://host:1/metrics"),
    ] == [(target.job, target.url) for target in found]


@pytest.mark.parametrize(("state", "read"), [("healthy", True), (UNSUPERVISED, False)])
def test_only_a_storage_of_ours_is_asked_for_metrics(state: str, read: bool) -> None:  # noqa: FBT001 - a case
    """Supabase's storage, which only the settings name, has none to read; and nobody calls the monitoring blind."""
    listed = [Service("supabase-storage", state, "http://127.0.0.1:5000", None, 0)]

    assert read == bool(find_targets(listed, {}, []))


def test_a_target_that_is_none_is_refused() -> None:
    """A wrong ALERT_TARGETS stops the start."""
    with pytest.raises(UsageError, match="ALERT_TARGETS"):
        read_targets("host:9090")
