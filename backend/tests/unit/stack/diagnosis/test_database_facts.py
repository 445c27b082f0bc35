"""What the doctor says about schema, workers and clocks, by what the database tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accessa.stack.diagnosis.database import judge_connections
from accessa.stack.diagnosis.database_facts import Facts, judge_clocks, judge_locks, judge_schema, judge_workers
from accessa.store.blockers import Blocker
from accessa.store.schema_version import HEAD, LiveSchema


def worker(name: str, state: str = "running", ahead: float | None = 0.0) -> dict[str, Any]:
    """Return a living worker as the database tells of it."""
    return {"worker_id": f"{name}:1:aa", "state": state, "vitals": {"clock_ahead_seconds": ahead}}


FACTS = Facts(14, 200, 0.004, LiveSchema(HEAD, "0003"), 3, [worker("barn"), worker("attic", ahead=None)])


def test_all_is_told_with_its_figures_when_it_is_well() -> None:
    """Connections, schema, workers and clocks are a sentence each."""
    found = [
        judge_connections(FACTS, "127.0.0.1:5432"),
        judge_schema(FACTS.schema),
        judge_workers(FACTS),
        judge_clocks(FACTS),
    ]

    assert [
        "Postgres at 127.0.0.1:5432 answers; 14 of its 200 connections are in use.",
        f"The schema is at {HEAD}, which this version works on.",
        "2 worker(s) at work; 3 document(s) under way.",
        "The clocks of this machine, the database and 2 worker(s) agree.",
    ] == [finding.sentence for finding in found if finding.ok]


def test_connections_are_told_before_the_last_is_in_use() -> None:
    """From 85 in a hundred on it is a fault, as it is for the alert."""
    assert not judge_connections(replace(FACTS, connections=170), "127.0.0.1:1").ok
    assert judge_connections(replace(FACTS, connections=169), "127.0.0.1:1").ok


def test_a_lock_that_others_wait_for_is_told_with_who_holds_it() -> None:
    """A transaction that is open for long is a fault, with what ends it; those of ours are over within moments."""
    held = Blocker(7, "psql", "eve", 2, 35.2)
    found = judge_locks([held])

    assert (
        "Connection 7 (psql, user eve) holds a lock that 2 other(s) wait for, in a transaction open for 35 s."
        == found.sentence
    )
    assert "SELECT pg_terminate_backend(7)" in (found.mend or "")
    assert judge_locks([replace(held, open_seconds=0.3)]).ok
    assert judge_locks([]).ok


def test_a_schema_that_does_not_fit_has_its_command() -> None:
    """No schema and an older one are migrated; a newer one needs a newer version, unless it was only expanded."""
    none, older, newer = (judge_schema(LiveSchema(revision, "9000")) for revision in (None, "0001", "9000"))

    assert [False] * 3 == [none.ok, older.ok, newer.ok]
    assert ["Run: accessa db migrate"] * 2 == [none.mend, older.mend]
    assert f"takes ({HEAD})." in newer.sentence
    assert judge_schema(LiveSchema("9000", HEAD)).ok


def test_workers_that_do_nothing_are_told_with_what_waits() -> None:
    """Nobody at work, and everybody held up, are faults; one that leaves in order beside one at work is none."""
    nobody = judge_workers(replace(FACTS, workers=[worker("barn", "draining")]))
    stalled = judge_workers(replace(FACTS, workers=[worker("barn", "stalled")]))

    assert "No worker gave a sign of life within 15 s; 3 document(s) wait." == nobody.sentence
    assert "(barn:1:aa); 3 document(s) wait." in stalled.sentence
    assert "See what holds them up: accessa profile worker" == stalled.mend
    assert judge_workers(replace(FACTS, workers=[worker("barn"), worker("attic", "draining")])).ok


def test_a_wrong_clock_is_told_by_whose_and_how_much() -> None:
    """This machine's clock and a worker's are told apart, ahead and behind."""
    here = judge_clocks(replace(FACTS, here_ahead=-75.0))
    theirs = judge_clocks(replace(FACTS, workers=[worker("attic", ahead=3.5)]))

    assert "The clock of this machine is 75.0 s behind the database's." == here.sentence
    assert "A clock is wrong: that of worker attic:1:aa is 3.5 s ahead of the database's." == theirs.sentence
    assert "Run on attic: sudo timedatectl set-ntp true" == theirs.mend
    assert here.mend
