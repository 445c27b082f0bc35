"""Whether the system does its work: not that its processes live, but that a document would be found in the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from accessa.domain.error_catalogue import CATALOGUE
from accessa.settings import CanarySettings
from accessa.store.audit_runs import AuditVerdict, find_last_audit
from accessa.store.blockers import BLOCKED_SECONDS, list_blockers
from accessa.store.canary_runs import CanaryVerdict, find_last_canary
from accessa.store.database import Connection
from accessa.store.schema_version import LiveSchema
from accessa.store.statements import load

STORAGE = "supabase-storage"


class State(StrEnum):
    """What is known of a thing, or of the system."""

    READY = "ready"
    NOT_READY = "not ready"
    STARTING = "starting"  #: nothing is wrong, and nothing is proven yet
    NOT_CHECKED = "not checked"  #: nobody wants it checked, or nobody can from here

    @property
    def is_well(self) -> bool:
        """Whether nothing is known to be wrong."""
        return self is not State.NOT_READY


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What is known of one service; `healthy` is None when nothing can be known."""

    name: str
    healthy: bool | None


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """What the database tells of the system."""

    schema: LiveSchema
    workers: int
    audit: AuditVerdict | None
    canary: CanaryVerdict | None
    #: seconds that a transaction has been open for whose locks others wait for; 0 when none is
    blocked_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to be so; `mend` is the command that helps when it is not."""

    name: str
    state: State
    sentence: str
    mend: str | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """All checks, and what follows from them."""

    checks: list[Check]

    @property
    def state(self) -> State:
        """Ready only when no check says anything else than ready or not checked."""
        states = {check.state for check in self.checks}
        return next((state for state in (State.NOT_READY, State.STARTING) if state in states), State.READY)

    @property
    def sentence(self) -> str:
        """What keeps the system from being ready, or what proves that it is."""
        told = [check.sentence for check in self.checks if check.state is self.state]
        return told[-1] if self.state is State.READY else "; ".join(told)


async def read_system_facts(connection: Connection, alive_seconds: float) -> SystemFacts:
    """Read the facts in the caller's transaction; a worker that is silent for `alive_seconds` does not count.

    Raises what the driver raises. Where there is no schema of ours nothing else is asked.
    """
    if not await connection.fetchval(load("schema_exists")):
        return SystemFacts(LiveSchema(None, None), 0, None, None)
    row = await connection.fetchrow(load("schema_revision"))
    schema = LiveSchema(**row) if row else LiveSchema(None, None)
    if not schema.fits:
        return SystemFacts(schema, 0, None, None)
    blockers = await list_blockers(connection)
    return SystemFacts(
        schema,
        await connection.fetchval(load("count_working_workers"), alive_seconds),
        await find_last_audit(connection),
        await find_last_canary(connection),
        blocked_seconds=max((blocker.open_seconds for blocker in blockers), default=0.0),
    )


def judge(services: Sequence[ServiceFacts], facts: SystemFacts | None, settings: CanarySettings) -> Readiness:
    """Weigh services and `facts`, which are None while the database is silent."""
    checks = [_services(services), _storage(services)]
    if facts is None:
        silent = Check("database", State.NOT_READY, "the database does not answer", "accessa logs postgres")
        return Readiness([*checks, silent])
    checks += [_database(facts.blocked_seconds), _schema(facts.schema)]
    if facts.schema.fits:
        checks += [_workers(facts.workers), _audit(facts.audit), _canary(facts.canary, settings)]
    return Readiness(checks)


def _services(services: Sequence[ServiceFacts]) -> Check:
    ill = [service.name for service in services if service.healthy is False and service.name != STORAGE]
    if ill:
        return Check("services", State.NOT_READY, f"{_listed(ill)} not healthy", "accessa status")
    asked = sum(service.healthy is True for service in services)
    return Check("services", State.READY if asked else State.NOT_CHECKED, f"{asked} services are healthy")


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _storage(services: Sequence[ServiceFacts]) -> Check:
    healthy = next((service.healthy for service in services if service.name == STORAGE), None)
    if healthy is None:
        return Check("storage", State.NOT_CHECKED, "the storage is not asked from here; a canary goes through it")
    if healthy:
        return Check("storage", State.READY, "the storage answers")
    return Check("storage", State.NOT_READY, "the storage is not healthy", f"accessa logs {STORAGE}")


def _database(blocked_seconds: float) -> Check:
    if blocked_seconds > BLOCKED_SECONDS:
        sentence = f"connections wait for a lock of a transaction that has been open for {_age(blocked_seconds)}"
        return Check("database", State.NOT_READY, sentence, "accessa doctor")
    return Check("database", State.READY, "the database answers")


def _schema(schema: LiveSchema) -> Check:
    if schema.fits:
        return Check("schema", State.READY, "the schema fits")
    return Check("schema", State.NOT_READY, "the schema does not fit this version", "accessa db migrate")


def _workers(alive: int) -> Check:
    if alive:
        return Check("workers", State.READY, f"{alive} {'worker works' if alive == 1 else 'workers work'}")
    return Check("workers", State.NOT_READY, "no worker is alive: documents wait", "accessa logs base-worker")


def _audit(audit: AuditVerdict | None) -> Check:
    if audit is None:
        return Check("audit", State.NOT_CHECKED, "no audit has ended yet")
    broken = len(audit.violations)
    if broken:
        sentence = f"the last audit found {broken} broken {'promise' if broken == 1 else 'promises'}"
        return Check("audit", State.NOT_READY, sentence, "accessa audit")
    return Check("audit", State.READY, "the last audit found nothing broken")


def _canary(canary: CanaryVerdict | None, settings: CanarySettings) -> Check:
    if not settings.every_seconds:
        return Check("canary", State.NOT_CHECKED, "no canary is sent, as CANARY_EVERY_SECONDS is 0")
    if canary is None:
        return Check("canary", State.STARTING, "the first canary document has not come through yet")
    if not canary.passed:
        return Check("canary", State.NOT_READY, "; ".join(_failure(canary)), "accessa logs")
    if canary.ended_seconds_ago > settings.trusted_seconds:
        sentence = f"no canary was found since {_age(canary.ended_seconds_ago)} ago"
        return Check("canary", State.NOT_READY, sentence, "accessa logs monitoring")
    sentence = f"a canary document was found {_age(canary.ended_seconds_ago)} ago, in {canary.seconds:.1f} s"
    return Check("canary", State.READY, sentence)


def _failure(canary: CanaryVerdict) -> Iterator[str]:
    code = canary.code or "INTERNAL"
    told = CATALOGUE[code].sentence.split(";")[0].rstrip(".") if code in CATALOGUE else "it failed"
    ended, step = _age(canary.ended_seconds_ago), canary.step or "nobody knows"
    yield f"the canary that ended {ended} ago got as far as {step}, {code}: {told}"
    if canary.passed_seconds_ago is not None:
        yield f"the last that was found ended {_age(canary.passed_seconds_ago)} ago"


def _age(seconds: float) -> str:
    if seconds < 120:  # noqa: PLR2004 - two minutes are told in seconds
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"  # noqa: PLR2004 - two hours
