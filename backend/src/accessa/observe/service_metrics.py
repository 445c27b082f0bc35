"""The health of the services as metrics, from the looks that the monitoring takes at them."""

from __future__ import annotations

from collections.abc import Iterable

from accessa.observe.metric import Sample, counter, gauge
from accessa.observe.service_views import ServiceView

UP = gauge("accessa_service_up", "1 when the service answers as it should, else 0; absent while it starts", "service")
SECONDS = gauge("accessa_service_response_seconds", "What the service's last answer about its health took", "service")
RESTARTS = counter(
    "accessa_service_restarts_total", "Restarts of the service by the supervisor of a local stack", "service"
)
_BEFORE = {"waiting", "starting"}
SERVICE_METRICS = (UP, SECONDS, RESTARTS)


def service_samples(services: Iterable[ServiceView]) -> list[Sample]:
    """Return the series of one look at all services."""
    return [sample for service in services for sample in _of_service(service)]


def _of_service(service: ServiceView) -> Iterable[Sample]:
    name = (service.name,)
    # What has only begun to start is not down.
    if service.healthy is not None and (service.healthy or service.state not in _BEFORE):
        yield Sample(UP, float(service.healthy), name)
    if service.milliseconds is not None:
        yield Sample(SECONDS, service.milliseconds / 1000, name)
    yield Sample(RESTARTS, service.restarts, name)
