"""The verdict of a drill over plain facts: silent on a sound outcome, and each figure moved by what it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from accessa.drill.desks import BilledUnit
from accessa.drill.evidence import (
    Acknowledged,
    BatchFact,
    BrokenCheck,
    CallFact,
    ChunkFact,
    DocumentFact,
    EventFact,
    Evidence,
    JobFact,
    Kill,
    SetFact,
)
from accessa.drill.verdict import Verdict, judge

USER, OTHER_USER, DOCUMENT, JOB, SET = (UUID(int=number) for number in range(1, 6))
SHA = "a" * 64
UPLOAD = Acknowledged(JOB, DOCUMENT, "drill-k000000.md", SHA, marks=("m0", "m1"))
STORED = DocumentFact(DOCUMENT, USER, SHA, SET, SHA, found=True)
FIRST, SECOND = (ChunkFact(DOCUMENT, SET, place, f"unit{place}", (f"m{place}",)) for place in (0, 1))


def event(number: int, kind: str, epoch: int, **facts: str | float) -> EventFact:
    """Return event `number` of the job, one second after the one before."""
    values = {"at": float(number)} | facts
    return EventFact(job_id=JOB, event_id=number, type=kind, lease_epoch=epoch, **values)  # type: ignore[arg-type]


def sound() -> Evidence:
    """Return the facts of one document that came through one kill, at the price of one input."""
    return Evidence(
        acknowledged=[UPLOAD],
        jobs=[JobFact(JOB, DOCUMENT, "complete", SET)],
        documents=[STORED],
        sets=[SetFact(SET, DOCUMENT, 2)],
        chunks=[FIRST, SECOND],
        calls=[
            CallFact(JOB, "first", "embed", "intended", 1),
            CallFact(JOB, "first", "embed", "recorded", 2),
            CallFact(JOB, "second", "embed", "recorded", 2),
            CallFact(JOB, "parse", "parse", "recorded", 1),
        ],
        batches=[BatchFact("first", SET, (0,)), BatchFact("second", SET, (1,))],
        parses={"pjb-1": DOCUMENT},
        bill=[
            BilledUnit("parse", "page", "pjb-1"),
            *(BilledUnit("embed", key, f"call{place}") for place, key in enumerate(["unit0", "unit0", "unit1"])),
        ],
        events=[
            event(1, "claimed", 1, worker_id="here:7:aa"),
            event(2, "transition", 1, to_status="parse_queued"),
            event(6, "claimed", 2, worker_id="here:8:bb"),
            event(7, "paid_recorded", 2),
            event(8, "transition", 2, to_status="complete"),
        ],
        kills=[Kill("here:7:aa", 3.0)],
        batch_inputs=1,
        lease_seconds=3,
    )


def figures(verdict: Verdict) -> tuple[int, int, int, int, int]:
    """Return lost, duplicated, late writes, violations, and what was paid without a reason."""
    lists = (verdict.lost, verdict.duplicated, verdict.zombie_writes, verdict.violations, verdict.money.faults)
    lost, duplicated, zombies, violations, faults = (len(each) for each in lists)
    return lost, duplicated, zombies, violations, faults


def test_a_sound_outcome_passes() -> None:
    """A kill that cost one batch is within the bound of the lease it cost, and nothing else is found."""
    verdict = judge(sound())

    assert ((0, 0, 0, 0, 0), True) == (figures(verdict), verdict.passed)
    assert (1, 1, 1, 0) == (
        verdict.money.repaid_units,
        verdict.money.repaid_bound,
        verdict.money.leases_lost,
        verdict.money.answers_lost,
    )
    assert (3.0, 5.0, 1) == (verdict.recovery.longest, verdict.recovery.bound, verdict.recovery.counted)


LOSSES: dict[str, Callable[[Evidence], Evidence]] = {
    "no-job": lambda facts: replace(facts, jobs=[]),
    "no-document": lambda facts: replace(facts, documents=[]),
    "failed": lambda facts: replace(facts, jobs=[JobFact(JOB, DOCUMENT, "failed_parse", None, "PARSE_TIMEOUT")]),
    "still-under-way": lambda facts: replace(facts, jobs=[JobFact(JOB, DOCUMENT, "embedding_in_progress", SET)]),
    "object-gone": lambda facts: replace(facts, documents=[replace(STORED, object_sha256=None)]),
    "object-altered": lambda facts: replace(facts, documents=[replace(STORED, object_sha256="b" * 64)]),
    "not-searchable": lambda facts: replace(facts, documents=[replace(STORED, found=False)]),
    "nothing-live": lambda facts: replace(facts, documents=[replace(STORED, live_set_id=None)]),
}


@pytest.mark.parametrize("spoil", LOSSES.values(), ids=LOSSES)
def test_a_planted_loss_is_one_lost_document(spoil: Callable[[Evidence], Evidence]) -> None:
    """Whatever of an acknowledged document is missing, it counts as lost, and the drill fails."""
    verdict = judge(spoil(sound()))

    assert (1, False) == (len(verdict.lost), verdict.passed)


TWIN = replace(STORED, document_id=UUID(int=9))
DOUBLES: dict[str, Callable[[Evidence], Evidence]] = {
    "document": lambda facts: replace(facts, documents=[STORED, TWIN]),
    "completion": lambda facts: replace(facts, jobs=[*facts.jobs, JobFact(UUID(int=9), DOCUMENT, "complete", SET)]),
    "set": lambda facts: replace(facts, sets=[*facts.sets, SetFact(UUID(int=9), DOCUMENT, None)]),
    "vector": lambda facts: replace(facts, chunks=[FIRST, replace(SECOND, vectors=2)]),
    "vector-missing": lambda facts: replace(facts, chunks=[FIRST, replace(SECOND, vectors=0)]),
    "vector-of-another": lambda facts: replace(facts, chunks=[FIRST, replace(SECOND, wrong_vector=True)]),
    "altered-text": lambda facts: replace(facts, chunks=[FIRST, replace(SECOND, altered=True)]),
    "paragraph-twice": lambda facts: replace(facts, chunks=[FIRST, replace(SECOND, marks=("m1", "m0"))]),
    "paragraph-missing": lambda facts: replace(facts, chunks=[FIRST, replace(SECOND, marks=())]),
    "chunk-counted-wrongly": lambda facts: replace(facts, sets=[SetFact(SET, DOCUMENT, 3)]),
}


@pytest.mark.parametrize("spoil", DOUBLES.values(), ids=DOUBLES)
def test_a_planted_double_is_one_finding(spoil: Callable[[Evidence], Evidence]) -> None:
    """What is stored twice, in part, or not as its text says is told once each, and the drill fails."""
    verdict = judge(spoil(sound()))

    assert (1, False) == (len(verdict.duplicated), verdict.passed)


def test_the_same_bytes_of_two_users_are_no_double() -> None:
    """Two users may own a copy each, and pay for it each."""
    facts = sound()
    copy = UUID(int=9)
    chunks = [FIRST, SECOND, *(replace(chunk, document_id=copy, set_id=UUID(int=10)) for chunk in (FIRST, SECOND))]
    paid = [*facts.bill, BilledUnit("embed", "unit0", "call3"), BilledUnit("embed", "unit1", "call4")]
    bought = [CallFact(UUID(int=11), "copies", "embed", "recorded", 1)]
    verdict = judge(
        replace(
            facts,
            documents=[STORED, replace(TWIN, document_id=copy, user_id=OTHER_USER)],
            sets=[*facts.sets, SetFact(UUID(int=10), copy, 2)],
            chunks=chunks,
            bill=paid,
            calls=[*facts.calls, *bought],
            batches=[*facts.batches, BatchFact("copies", UUID(int=10), (0, 1))],
        )
    )

    assert ((0, 0, 0, 0, 0), 1) == (figures(verdict), verdict.money.repaid_units)


@pytest.mark.parametrize("kind", ["transition", "paid_recorded", "released", "error"])
def test_a_planted_late_write_is_one_zombie(kind: str) -> None:
    """An effect under an old epoch, after another worker's claim, is a zombie's write."""
    facts = sound()
    verdict = judge(replace(facts, events=[*facts.events, event(9, kind, 1)]))

    assert (1, False) == (len(verdict.zombie_writes), verdict.passed)


def test_a_broken_invariant_is_one_violation_a_row() -> None:
    """Each row that a check of the audit returns fails the drill."""
    verdict = judge(replace(sound(), broken_checks=[BrokenCheck("s01a_moves_are_legal", ("11", "12"))]))

    assert ("s01a_moves_are_legal: 11", "s01a_moves_are_legal: 12") == verdict.violations
    assert not verdict.passed


def test_what_was_recorded_and_is_bought_again_has_no_reason() -> None:
    """A second payment for an input whose every purchase was recorded fails, even within the bound of lost leases."""
    facts = sound()
    calls = [*facts.calls, CallFact(JOB, "second", "embed", "recorded", 2)]
    paid = [*facts.bill, BilledUnit("embed", "unit1", "call9")]
    verdict = judge(replace(facts, calls=calls, bill=paid, batch_inputs=8))

    assert (2, 8) == (verdict.money.repaid_units, verdict.money.repaid_bound)
    assert ("input unit1 was bought again 1 time(s) though every purchase of it was recorded",) == verdict.money.faults
    assert not verdict.passed


def test_what_was_billed_without_an_intent_has_no_reason() -> None:
    """A text on the bill that no call in the ledger covers fails; on a bill that others share it is not ours."""
    facts = sound()
    paid = replace(facts, bill=[*facts.bill, BilledUnit("embed", "strange", "call9")])

    strange = [line for line in judge(paid).money.faults if "without an intent" in line]
    assert ["input strange was billed 1 time(s) without an intent in the ledger"] == strange
    assert judge(replace(paid, own_bill=False)).passed


def test_a_page_parsed_twice_has_no_reason() -> None:
    """The same page billed twice fails, as a parse that is asked for again is free."""
    facts = sound()
    verdict = judge(replace(facts, bill=[*facts.bill, BilledUnit("parse", "page", "pjb-2")]))

    assert ("page page was parsed and billed 2 times",) == verdict.money.faults


def test_more_paid_again_than_leases_lost_fails() -> None:
    """The bound is a batch for each lost lease; one unit more fails the drill though each has an open intent."""
    facts = sound()
    calls = [CallFact(JOB, "first", "embed", "intended", 1), *facts.calls]
    verdict = judge(replace(facts, calls=calls, bill=[*facts.bill, BilledUnit("embed", "unit0", "call9")]))

    assert (2, 1, False) == (verdict.money.repaid_units, verdict.money.repaid_bound, verdict.passed)


@pytest.mark.parametrize(("code", "lost"), [("EMBED_UNAVAILABLE", 1), ("EMBED_RATE_LIMITED", 0)])
def test_only_an_answer_that_may_have_been_billed_widens_the_bound(code: str, lost: int) -> None:
    """A call that failed on the way may have been served; one that was refused surely was not."""
    facts = sound()
    failed = CallFact(JOB, "second", "embed", "failed", 2, code)

    assert lost == judge(replace(facts, calls=[*facts.calls, failed])).money.answers_lost


def test_a_recovery_counts_only_while_the_database_was_up() -> None:
    """A job taken over late because Postgres was away does not measure the workers."""
    verdict = judge(replace(sound(), outages=[(4.0, 5.0)]))

    assert (0.0, 0) == (verdict.recovery.longest, verdict.recovery.counted)


def test_a_job_that_was_let_go_before_the_kill_needs_no_recovery() -> None:
    """Only what the victim held is measured."""
    facts = sound()
    verdict = judge(replace(facts, events=[*facts.events, event(3, "released", 1, at=2.5)]))

    assert (0, 0) == (verdict.recovery.counted, verdict.money.leases_lost)
