"""Whether the system counts as ready: never without a proof that documents are processed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accessa.observe.readiness import Readiness, ServiceFacts, State, SystemFacts, judge
from accessa.settings import CanarySettings
from accessa.store.audit_runs import AuditVerdict
from accessa.store.canary_runs import CanaryVerdict
from accessa.store.schema_version import HEAD, LiveSchema

SERVICES = [ServiceFacts("api-server", healthy=True), ServiceFacts("supabase-storage", healthy=True)]
CANARY = CanaryVerdict(passed=True, step="delete", code=None, seconds=1.2, ended_seconds_ago=40, passed_seconds_ago=40)
WELL = SystemFacts(LiveSchema(HEAD, HEAD), 2, AuditVerdict({}, (), 0.0, 30.0), CANARY)
EVERY_MINUTE = CanarySettings(every_seconds=60, timeout_seconds=30)


def weighed(facts: SystemFacts | None, services: list[ServiceFacts] | None = None) -> Readiness:
    """Return the verdict with a canary each minute."""
    return judge(SERVICES if services is None else services, facts, EVERY_MINUTE)


def test_a_system_whose_jobs_wait_for_a_lock_is_not_ready() -> None:
    """A canary that was found before proves nothing about now; a lock of a moment is no fault."""
    blocked = judge(SERVICES, replace(WELL, blocked_seconds=35), CanarySettings())

    assert State.NOT_READY is blocked.state
    assert "connections wait for a lock of a transaction that has been open for 35 s" == blocked.sentence
    assert State.READY is judge(SERVICES, replace(WELL, blocked_seconds=0.4), CanarySettings()).state


def test_ready_names_its_proof() -> None:
    """With everything well the sentence tells of the canary and its age."""
    readiness = weighed(WELL)
    assert (State.READY, "a canary document was found 40 s ago, in 1.2 s") == (readiness.state, readiness.sentence)


@pytest.mark.parametrize(
    ("facts", "part"),
    [
        (None, "the database does not answer"),
        (replace(WELL, workers=0), "no worker is alive"),
        (replace(WELL, schema=LiveSchema("0001", None)), "the schema does not fit"),
        (replace(WELL, audit=AuditVerdict({"s1": 3}, (), 0.0, 30.0)), "1 broken promise"),
        (
            replace(
                WELL,
                canary=replace(
                    CANARY, passed=False, code="CANARY_OVERDUE", step="embedding_in_progress", passed_seconds_ago=600
                ),
            ),
            "got as far as embedding_in_progress, CANARY_OVERDUE",
        ),
        (replace(WELL, canary=replace(CANARY, ended_seconds_ago=151)), "no canary was found since 3 min ago"),
    ],
)
def test_what_is_wrong_keeps_it_from_being_ready(facts: SystemFacts | None, part: str) -> None:
    """Each of the facts by itself makes the system not ready, and is what the sentence tells."""
    readiness = weighed(facts)
    assert State.NOT_READY == readiness.state
    assert part in readiness.sentence


def test_a_service_that_is_ill_is_named() -> None:
    """Services and storage count, each by its name."""
    readiness = weighed(
        WELL, [ServiceFacts("api-server", healthy=False), ServiceFacts("supabase-storage", healthy=False)]
    )
    assert "api-server is not healthy; the storage is not healthy" == readiness.sentence


def test_without_a_proof_it_is_only_starting() -> None:
    """Before the first canary has come through nothing is wrong, yet nothing is ready."""
    assert State.STARTING == weighed(replace(WELL, canary=None)).state


def test_canaries_that_are_off_are_told_as_not_checked() -> None:
    """With CANARY_EVERY_SECONDS=0 the system may be ready, and says on what that does not rest."""
    readiness = judge(SERVICES, replace(WELL, canary=None), CanarySettings(every_seconds=0))
    assert State.READY == readiness.state
    assert {"canary": State.NOT_CHECKED} == {
        check.name: check.state for check in readiness.checks if check.state is State.NOT_CHECKED
    }
