"""Any order of claims, fences, moves, releases, expiries, webhooks, retries and deletions keeps to a simple model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID, uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accessa.domain.errors import LeaseLostError
from accessa.domain.job import Job
from accessa.domain.statuses import FAILED, TERMINAL, Status, move_from
from accessa.store.vectors import Batch

from .job_desk import JobDesk, opened_desk

WORKERS = ("worker-1", "worker-2", "worker-3")
_MOST_DOCUMENTS = 3
_TO_EMBEDDING = 7
_SUSPECT = 2
# Without shrinking, which would take minutes here: the steps of a failed run are short enough to be read.
_EFFORT = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
# A rule that ends things would, chosen as often as the others, keep every document from getting anywhere.
_RARELY = st.sampled_from([False, False, False, False, True])
_Result = TypeVar("_Result")


@dataclass
class Expected:
    """What the model knows of one job."""

    job_id: UUID
    document_id: UUID
    status: Status = Status.UPLOADED
    owner: str | None = None
    epoch: int = 0
    crashes: int = 0
    set_aside: bool = False
    errors: int = 0
    due: bool = True
    unread_webhook: bool = False
    recorded: bool = False
    deliveries: set[int] = field(default_factory=set)

    @property
    def ended(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in TERMINAL

    def let_go(self, *, due: bool) -> None:
        """Be owned by nobody; an unread webhook makes it due at once. Who lets go has survived what it had begun."""
        self.owner = None
        self.crashes = self.crashes if self.set_aside else 0
        self.due = due or (self.status is Status.PARSE_QUEUED and self.unread_webhook)

    def move(self, target: Status) -> None:
        """Stand in the next status; progress forgives crashes, and an end lets go."""
        self.status, self.crashes, self.due = target, 0, False
        if target in TERMINAL:
            self.owner = None


@dataclass
class Purchase:
    """A call that a worker has intended and that the provider may have answered."""

    job: Job
    call_id: int
    batch: Batch


class JobMachine(RuleBasedStateMachine):
    """Three workers who may each be dead, asleep or late, against a database that has to see through them."""

    desk: JobDesk
    runner: asyncio.Runner

    def __init__(self) -> None:
        """Begin with an empty database."""
        super().__init__()
        self.user = uuid4()
        self.expected: dict[UUID, Expected] = {}
        # What each worker believes to hold; it may have lost any of it long ago.
        self.hands: dict[str, list[Job]] = {worker: [] for worker in WORKERS}
        self.purchases: list[Purchase] = []
        self.billed: dict[UUID, int] = {}
        self.lost_leases: dict[UUID, int] = {}
        self.given_up: dict[UUID, int] = {}
        self._do(self.desk.empty())

    @initialize(stages=st.tuples(st.integers(0, 8), st.integers(0, 8)))
    def begin(self, *, stages: tuple[int, int]) -> None:
        """Two documents are there from the start, each some way on and in the hands of a worker."""
        for worker, count in zip(WORKERS, stages, strict=False):
            self.upload()
            self.claim(worker, 1)
            self._walk(self.hands[worker][0], min(count, _TO_EMBEDDING))
            if count > _TO_EMBEDDING:
                self.buy(self.hands[worker][0])

    def _do(self, work: Awaitable[_Result]) -> _Result:
        async def awaited() -> _Result:
            return await work

        return self.runner.run(awaited())

    def _lawful(self, job: Job) -> Expected | None:
        """Return the job's model if whoever holds `job` may still write, else None."""
        known = self.expected.get(job.job_id)
        if known is None or (known.owner, known.epoch, known.status) != (job.lease_owner, job.lease_epoch, job.status):
            return None
        return known

    def _try(self, job: Job, work: Awaitable[_Result]) -> tuple[Expected, _Result] | None:
        """Do something that needs the lease: it has to succeed exactly when the model says so."""
        known = self._lawful(job)
        if known is None:
            with pytest.raises(LeaseLostError):
                self._do(work)
            return None
        return known, self._do(work)

    def _any_held(self, data: st.DataObject) -> Job:
        held: Job = data.draw(st.sampled_from([job for hand in self.hands.values() for job in hand]))
        return held

    def _replace(self, old: Job, new: Job | None) -> None:
        if new is None and any(bought.job == old for bought in self.purchases):
            self.given_up[old.job_id] = self.given_up.get(old.job_id, 0) + 1
        hand = self.hands[old.lease_owner]
        hand.remove(old)
        if new is not None:
            hand.append(new)

    @precondition(lambda self: len({known.document_id for known in self.expected.values()}) < _MOST_DOCUMENTS)
    @rule()
    def uploads(self) -> None:
        """A user uploads a file."""
        self.upload()

    def upload(self) -> None:
        """Upload a file, and expect its job."""
        document, job = self._do(self.desk.upload(self.user))
        self.expected[job] = Expected(job, document)

    @rule(worker=st.sampled_from(WORKERS), limit=st.integers(1, 2))
    def claims(self, *, worker: str, limit: int) -> None:
        """A worker looks for work: it gets due jobs only, as many as it may, each under the next epoch."""
        self.claim(worker, limit)

    def claim(self, worker: str, limit: int) -> None:
        """Claim, and hold what is got against the model."""
        due = {job_id for job_id, known in self.expected.items() if known.due and not known.ended}
        claimed = self._do(self.desk.claim(worker, limit))

        assert min(limit, len(due)) == len(claimed)
        assert {job.job_id for job in claimed} <= due
        for job in claimed:
            known = self.expected[job.job_id]
            if known.owner is not None:
                self.lost_leases[job.job_id] = self.lost_leases.get(job.job_id, 0) + 1
                # A worker that finds its own job again is alive.
                known.crashes += known.owner != worker and not known.set_aside
            known.owner, known.epoch, known.due = worker, known.epoch + 1, False
            known.set_aside = known.crashes >= _SUSPECT
            assert (known.epoch, known.status) == (job.lease_epoch, job.status)
            self.hands[worker].append(job)

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data(), stages=st.sampled_from([1, 1, 2, 4, 9]))
    def advance(self, *, data: st.DataObject, stages: int) -> None:
        """A worker finishes a stage, or some in a row; one that was replaced meanwhile gets nowhere."""
        self._walk(self._any_held(data), stages)

    def _walk(self, job: Job | None, stages: int) -> None:
        for _ in range(stages):
            if job is None or job.status in TERMINAL or not self._may_leave(job):
                return
            done = self._try(job, self.desk.advance(job))
            self._replace(job, done[1] if done else None)
            if done:
                done[0].move(done[1].status)
            job = done[1] if done else None

    def _may_leave(self, job: Job) -> bool:
        return job.status is not Status.EMBEDDING_IN_PROGRESS or self._is_recorded(job)

    def _is_recorded(self, job: Job) -> bool:
        known = self.expected.get(job.job_id)
        return known is None or known.recorded

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data(), does=st.booleans(), final=_RARELY)
    def fail(self, *, data: st.DataObject, does: bool, final: bool) -> None:
        """A stage fails, for now or for good."""
        if not does:
            return
        job = self._any_held(data)
        if job.status in TERMINAL:
            return
        done = self._try(job, self.desk.fail(job, final=final))
        self._replace(job, None)
        if done:
            known = done[0]
            known.crashes = 0
            known.errors += not final
            if final:
                known.move(move_from(job.status).fails_to)
            else:
                known.let_go(due=False)

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data(), how=st.sampled_from(["wait", "hand_back", "renew"]))
    def hold_or_let_go(self, *, data: st.DataObject, how: str) -> None:
        """A worker lets go of a job, hands it back unfinished, or renews its lease."""
        job = self._any_held(data)
        if job.status in TERMINAL:
            return
        if how == "wait":
            done = self._try(job, self.desk.wait(job))
            self._replace(job, None)
            if done:
                done[0].let_go(due=False)
            return
        known = self.expected.get(job.job_id)
        held = known is not None and (known.owner, known.epoch) == (job.lease_owner, job.lease_epoch)
        assert held == self._do(self.desk.renew(job) if how == "renew" else self.desk.hand_back(job))
        if known is not None and held:
            if how == "renew":
                known.due = False
            else:
                known.let_go(due=True)
        if how == "hand_back":
            self._replace(job, None)

    @precondition(lambda self: any(known.owner or not known.due for known in self.expected.values()))
    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        """A lease runs out, or a pause ends."""
        open_jobs = [known for known in self.expected.values() if not known.ended]
        if open_jobs:
            known = data.draw(st.sampled_from(open_jobs))
            self._do(self.desk.pass_time(known.job_id))
            known.due = True

    @precondition(lambda self: any(self.hands.values()))
    @rule(worker=st.sampled_from(WORKERS), does=_RARELY)
    def dies(self, *, worker: str, does: bool) -> None:
        """A worker is killed: all it had in hand is nobody's business until the leases run out."""
        if not does:
            return
        self.hands[worker].clear()
        self.purchases = [bought for bought in self.purchases if bought.job.lease_owner != worker]

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data())
    def buys(self, data: st.DataObject) -> None:
        """A worker writes its intent and calls; the provider bills it. What is recorded is never bought again."""
        self.buy(self._any_held(data))

    def buy(self, job: Job) -> None:
        """Intend and pay one batch, if the job is as far."""
        if job.status is not Status.EMBEDDING_IN_PROGRESS or any(bought.job == job for bought in self.purchases):
            return
        known = self.expected.get(job.job_id)
        if known is None or known.recorded:
            assert known is None or self._do(self.desk.intend(job)) is None
            return
        done = self._try(job, self.desk.intend(job))
        if done is None or done[1] is None:
            self._replace(job, None)
            return
        # The fence has renewed the lease.
        done[0].due = False
        self.purchases.append(Purchase(job, *done[1]))
        self.billed[job.job_id] = self.billed.get(job.job_id, 0) + 1

    @precondition(lambda self: bool(self.purchases))
    @rule(data=st.data())
    def stores(self, data: st.DataObject) -> None:
        """The answer is stored, unless another worker has the job by now."""
        bought = data.draw(st.sampled_from(self.purchases))
        self.purchases.remove(bought)
        done = self._try(bought.job, self.desk.record(bought.job, bought.call_id, bought.batch))
        if done:
            done[0].recorded, done[0].crashes, done[0].due = True, 0, False

    @precondition(lambda self: bool(self.expected))
    @rule(data=st.data(), delivery=st.integers(0, 1))
    def webhook_comes(self, *, data: st.DataObject, delivery: int) -> None:
        """A webhook comes, perhaps again or too late: it is taken once, and wakes a job that nobody owns."""
        known = data.draw(st.sampled_from(list(self.expected.values())))
        awaited = known.status is Status.PARSE_QUEUED and delivery not in known.deliveries
        assert awaited == self._do(self.desk.webhook(known.job_id, delivery))
        if awaited:
            known.deliveries.add(delivery)
            known.unread_webhook = True
            known.due = known.due or known.owner is None

    @rule(data=st.data())
    def retries(self, data: st.DataObject) -> None:
        """A user asks for another try of a failed document, which gets one new job."""
        latest = {known.document_id: known for known in self.expected.values()}
        failed = [known for known in latest.values() if known.status in FAILED]
        if failed:
            known = data.draw(st.sampled_from(failed))
            job_id = self._do(self.desk.retry(self.user, known.job_id))
            self.expected[job_id] = Expected(job_id, known.document_id)

    @precondition(lambda self: bool(self.expected))
    @rule(data=st.data(), does=_RARELY)
    def deletes(self, *, data: st.DataObject, does: bool) -> None:
        """A user deletes a document, in whatever state it is and whoever is at it."""
        if not does:
            return
        document = data.draw(st.sampled_from([known.document_id for known in self.expected.values()]))
        self._do(self.desk.delete(document))
        self.expected = {name: known for name, known in self.expected.items() if known.document_id != document}

    @invariant()
    def database_agrees(self) -> None:
        """The rows say what the model says."""
        seen = self._do(self.desk.jobs())
        assert {
            known.job_id: (known.status, known.owner, known.epoch, known.crashes, known.errors)
            for known in self.expected.values()
        } == {
            job_id: (row["status"], row["lease_owner"], row["lease_epoch"], row["crash_count"], row["retry_count"])
            for job_id, row in seen.items()
        }
        open_jobs = [known for known in self.expected.values() if not known.ended]
        assert {known.job_id: known.due for known in open_jobs} == {
            known.job_id: seen[known.job_id]["due"] for known in open_jobs
        }

    def teardown(self) -> None:
        """A lost lease, or letting go with a call under way, costs at most that one batch."""
        for job_id, units in self.billed.items():
            assert units - 1 <= self.lost_leases.get(job_id, 0) + self.given_up.get(job_id, 0)


def test_any_order_of_events_keeps_to_the_model(database_url: str) -> None:
    """Whatever workers, webhooks, users and time do in whatever order, the rows are those of a simple model."""
    with asyncio.Runner() as runner, ExitStack() as stack:
        opening = opened_desk(database_url)
        desk = runner.run(opening.__aenter__())
        stack.callback(lambda: runner.run(opening.__aexit__(None, None, None)))
        run_state_machine_as_test(type("Machine", (JobMachine,), {"desk": desk, "runner": runner}), settings=_EFFORT)
