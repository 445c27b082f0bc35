"""The guards that carry the promises, how each is taken away, and the tests that have to notice."""

from __future__ import annotations

from dataclasses import dataclass

_FAULTS = "backend/tests/faults"
_GUARDS = f"{_FAULTS}/test_guards.py"
_MACHINE = f"{_FAULTS}/test_job_machine.py::test_any_order_of_events_keeps_to_the_model"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One guard: in `file` (below the package) `old` becomes `new`, and one of `tests` (node ids) has to fail."""

    guard: str
    file: str
    old: str
    new: str
    test: str


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "the fence: an effect lands only while the job is still its worker's",
        "store/sql/fence_job.sql",
        "WHERE job_id = $1 AND lease_epoch = $2 AND lease_owner = $3 AND status = $4",
        "WHERE job_id = $1 AND (true OR lease_epoch = $2 OR lease_owner = $3 OR status = $4)",
        f"{_GUARDS}::test_of_two_workers_the_one_that_was_replaced_writes_nothing",
    ),
    Mutation(
        "the epoch: a worker's own earlier life is another worker",
        "store/sql/fence_job.sql",
        "lease_epoch = $2",
        "(true OR lease_epoch = $2)",
        f"{_GUARDS}::test_the_former_life_of_a_worker_writes_nothing",
    ),
    Mutation(
        "a walk takes as many steps of the chain as it says",
        "store/migrations/versions/0006/walks.ddl",
        "chain[array_position(chain, OLD.status) + steps]",
        "NEW.status",
        "backend/tests/integration/store/test_walks.py::test_a_walk_says_how_many_steps_it_takes_or_is_refused",
    ),
    Mutation(
        "a status that is only passed promises as much",
        "store/migrations/versions/0006/walks.ddl",
        "FILTER (WHERE step_to = 'chunks_stored')",
        "FILTER (WHERE step_to = 'chunks_stored' AND step_to = status)",
        "backend/tests/integration/store/test_walks.py::test_a_walk_past_what_is_not_stored_is_refused",
    ),
    Mutation(
        "the claim's epoch goes up with each claim",
        "store/sql/claim_jobs.sql",
        "lease_epoch = j.lease_epoch + 1",
        "lease_epoch = greatest(j.lease_epoch, 1)",
        _MACHINE,
    ),
    Mutation(
        "the intent is written before the call",
        "pipeline/purchase.py",
        "call_ids = await ledger.intend_all(effect, purchases)",
        "call_ids = [0 for _ in purchases]",
        "backend/tests/integration/pipeline/test_money.py::test_the_bills_and_the_ledger_agree_call_by_call",
    ),
    Mutation(
        "FOR NO KEY UPDATE: a claim does not overlook a job to which somebody is adding a row",
        "store/sql/claim_jobs.sql",
        "FOR NO KEY UPDATE",
        "FOR UPDATE",
        f"{_GUARDS}::test_a_job_to_which_a_row_is_being_added_is_claimed_all_the_same",
    ),
    Mutation(
        "SKIP LOCKED: one worker's transaction does not hold up the claims of all others",
        "store/sql/claim_jobs.sql",
        "SKIP LOCKED",
        "",
        f"{_GUARDS}::test_a_claim_does_not_wait_for_a_job_that_is_locked",
    ),
    Mutation(
        "the dedup key: a webhook is taken once",
        "pipeline/receive_webhook.py",
        "if not await parses.insert_delivery(connection, key, parse_id, kind):",
        "if not await parses.insert_delivery(connection, key + str(__import__('uuid').uuid4()), parse_id, kind):",
        f"{_GUARDS}::test_a_webhook_is_taken_once",
    ),
    Mutation(
        "the dedup key: the same bytes of a user are one document",
        "domain/ids.py",
        "return _named(user_id, file_sha256)",
        "return __import__('uuid').uuid4()",
        f"{_GUARDS}::test_the_same_bytes_sent_at_the_same_moment_are_one_document",
    ),
    Mutation(
        "recorded batches are not bought again",
        "store/sql/select_open_batches.sql",
        "AND recorded_at IS NULL",
        "",
        f"{_GUARDS}::test_a_batch_that_is_recorded_is_not_bought_again",
    ),
)
