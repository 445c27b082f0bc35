"""Whose metrics are read: the services of the stack, the workers that are alive, and what the settings add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from accessa.domain.errors import UsageError
from accessa.observe.promql.samples import Labels
from accessa.observe.service_list import UNSUPERVISED, Service

WORKER_JOB = "base-worker"
_UNSCRAPED = ("postgres", "monitoring", "migrations", WORKER_JOB)
# Supabase's own storage tells no metrics at its address; ours does, and runs where a supervisor tells of it.
_FOREIGN_UNLESS_SUPERVISED = "supabase-storage"


@dataclass(frozen=True, slots=True)
class Target:
    """One process: its job, as `api-server`, its instance, as `127.0.0.1:8000`, and where its metrics are."""

    job: str
    instance: str
    url: str

    @property
    def labels(self) -> Labels:
        """The labels that all of its samples get."""
        return (("instance", self.instance), ("job", self.job))


def find_targets(services: Iterable[Service], workers: Mapping[str, str], added: Iterable[Target]) -> list[Target]:
    """Return all targets, each address once; `workers` gives the metrics address of each worker that is alive."""
    known = [
        target_at(service.name, urljoin(service.url, "/metrics"))
        for service in services
        if service.url and service.url.startswith("http") and not _is_unscraped(service)
    ]
    of_workers = [target_at(WORKER_JOB, url) for url in workers.values()]
    return list({target.url: target for target in (*known, *of_workers, *added)}.values())


def _is_unscraped(service: Service) -> bool:
    is_foreign = service.name == _FOREIGN_UNLESS_SUPERVISED and service.state == UNSUPERVISED
    return is_foreign or service.name.startswith(_UNSCRAPED)


def target_at(job: str, url: str) -> Target:
    """Return the target whose metrics are at `url`."""
    return Target(job, urlsplit(url).netloc.rpartition("@")[2], url)


def read_targets(text: str) -> list[Target]:
    """Return the targets that ALERT_TARGETS lists; raises `UsageError` SETTINGS_INVALID for one that is none."""
    pairs = [entry.strip().partition("=") for entry in text.split(",") if entry.strip()]
    for job, _, url in pairs:
        if not job or not url.startswith(("http://", "https://")):
            raise UsageError("SETTINGS_INVALID", "ALERT_TARGETS must be like name=http://host:9090/metrics,…")
    return [target_at(job, url) for job, _, url in pairs]
