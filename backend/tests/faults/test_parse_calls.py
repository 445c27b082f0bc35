"""Every fault of the parse provider, through our own client and worker: what becomes of document and bill."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
from backend.tests.faults.accounts import claimed, ledger_of
from backend.tests.simulators import WELL, End, Simulator, ends, new_word, page

from accessa.domain.errors import PermanentError
from accessa.domain.job import Job
from accessa.domain.statuses import Status
from accessa.pipeline.outcome import Waiting
from accessa.pipeline.services import Services
from accessa.pipeline.stages import STAGES
from accessa.pipeline.workshop import Workshop

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

# Name of the fault: the fault, and how its document ends. All but `lost_answer` and its like are asked for once.
ORDERS: dict[str, tuple[dict[str, Any], End]] = {
    "none": ({}, WELL),
    "P1 429 with Retry-After": ({"kind": "rate_limit", "value": 1}, WELL),
    "P1 429 without": ({"kind": "rate_limit"}, WELL),
    "P1 402": ({"kind": "payment_required"}, WELL),
    "P2 500": ({"kind": "server_error"}, End("complete", None, 1)),
    "P2 503": ({"kind": "unavailable"}, WELL),
    "P2 504": ({"kind": "gateway_timeout"}, WELL),
    "P2 answer lost after accept": ({"kind": "lost_answer"}, End("complete", None, 1)),
    "P2 time-out after accept": ({"kind": "slow_answer", "value": 2.5}, End("complete", None, 1)),
    "P2 broken answer": ({"kind": "malformed_answer"}, End("complete", None, 1)),
    "P2 answer without id": ({"kind": "missing_id"}, End("complete", None, 1)),
    "revoked key": ({"kind": "unauthorized"}, WELL),
    "upload 503": ({"kind": "upload_unavailable"}, WELL),
    "upload 429": ({"kind": "upload_rate_limit"}, WELL),
    "upload answer lost": ({"kind": "upload_lost_answer"}, End("complete", None, 1)),
    "look 503": ({"kind": "fetch_unavailable"}, WELL),
    "look 429": ({"kind": "fetch_rate_limit"}, WELL),
    "look cut": ({"kind": "fetch_cut"}, WELL),
    "look broken": ({"kind": "fetch_malformed"}, End("complete", None, 1)),
    "look 404, job forgotten": ({"kind": "fetch_not_found"}, End("complete", None, 1)),
}
WEBHOOKS: dict[str, tuple[dict[str, Any], int]] = {
    "P3 lost": ({"kind": "lost_webhook"}, 0),
    "P4 twice": ({"kind": "duplicate_webhook", "value": 2}, 1),
    "P4 thirty at once": ({"kind": "duplicate_webhook", "value": 30}, 1),
    "P5 before the answer": ({"kind": "webhook_before_answer", "value": 5}, 1),
    "P6 out of order": ({"kind": "out_of_order"}, 1),
    "P7 wrong signature": ({"kind": "wrong_signature"}, 0),
    "P7 no signature": ({"kind": "missing_signature"}, 0),
    "P7 another secret": ({"kind": "wrong_secret"}, 0),
    "P7 altered body": ({"kind": "altered_body"}, 0),
    "P8 another job's id": ({"kind": "wrong_event"}, 1),
    "P8 unknown event": ({"kind": "unknown_event"}, 0),
    "P9 too large": ({"kind": "oversized", "value": 3_000_000}, 0),
    "P9 bomb": ({"kind": "gzip_body"}, 0),
    "P9 wrong content type": ({"kind": "wrong_content_type"}, 0),
    "P10 string": ({"kind": "string_format"}, 1),
    "P10 no JSON": ({"kind": "not_json"}, 0),
    "P10 no UTF-8": ({"kind": "not_utf8"}, 0),
    "P10 fields missing": ({"kind": "missing_fields"}, 1),
}
RESULTS: dict[str, tuple[dict[str, Any], End]] = {
    "P11 empty": ({"kind": "empty_result"}, End("failed_parse", "PARSE_EMPTY")),
    "P11 no pages": ({"kind": "empty_result", "value": "no_pages"}, End("failed_parse", "PARSE_EMPTY")),
    "P11 whitespace": ({"kind": "whitespace_result"}, End("failed_parse", "PARSE_EMPTY")),
    "P11 images only": ({"kind": "images_only"}, End("failed_parse", "PARSE_EMPTY")),
    "P12 type": ({"kind": "fail_job", "value": "UNSUPPORTED_FILE_TYPE"}, End("failed_parse", "UNSUPPORTED_TYPE")),
    "P12 protected": ({"kind": "fail_job", "value": "PDF_IS_PROTECTED"}, End("failed_parse", "FILE_PROTECTED")),
    "P12 broken": ({"kind": "fail_job", "value": "PDF_IS_BROKEN"}, End("failed_parse", "FILE_BROKEN")),
    "P12 no data": ({"kind": "fail_job", "value": "NO_DATA_FOUND_IN_FILE"}, End("failed_parse", "PARSE_EMPTY")),
    "P12 too large": ({"kind": "fail_job", "value": "DOCUMENT_TOO_LARGE"}, End("failed_parse", "FILE_TOO_LARGE")),
    "P12 too many pages": ({"kind": "fail_job", "value": "TOO_MANY_PAGES"}, End("failed_parse", "TOO_MANY_PAGES")),
    "P12 time-out, then well": ({"kind": "fail_job", "value": "TIMEOUT", "times": 1}, End("complete", None, 1)),
    "P12 error, then well": (
        {"kind": "fail_job", "value": "ERROR_DURING_PROCESSING", "times": 1},
        End("complete", None, 1),
    ),
}


@pytest.fixture
async def parser(outside: Outside) -> AsyncIterator[Simulator]:
    """The parse simulator, without faults before and after."""
    simulator = Simulator(outside, "llamaparse")
    await simulator.play()
    await simulator.begin()
    yield simulator
    await simulator.play(delay=0)


@pytest.fixture
async def embedder(outside: Outside) -> Simulator:
    """The embedding simulator's bill."""
    simulator = Simulator(outside, "openai")
    await simulator.begin()
    return simulator


async def upload_all(house: House, names: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Upload one document a name; return their jobs and their ids under the names."""
    jobs, documents = {}, {}
    for name in names:
        accepted = await house.upload(page(new_word()), "page.html")
        jobs[name], documents[name] = accepted["job_id"], accepted["document_id"]
    return jobs, documents


@pytest.mark.fault(
    "P1",
    "the parse provider limits the rate, with and without Retry-After, or has no credit left",
    "the document waits at least as long as told, uses up no attempt, and completes",
    "S10, S16, L1",
)
@pytest.mark.fault(
    "P2",
    "the provider answers 5xx or nonsense, or its answer is lost or late after it accepted the document",
    "it is asked again with the same options; one parse is billed",
    "S10, L1",
)
async def test_faults_of_calls_lose_nothing_and_buy_nothing_twice(house: House, parser: Simulator) -> None:
    """P1, P2: limits, empty accounts, outages, lost answers: every document ends well, and each page is billed once."""
    jobs, documents = await upload_all(house, ORDERS)
    await parser.play(
        *({**fault, "document": documents[name], "times": 1} for name, (fault, _) in ORDERS.items() if fault)
    )
    async with house.with_settings(parse={"timeout_seconds": 1.0}).worker(jobs_at_once=8):
        found = await ends(house, jobs)

    assert {name: end for name, (_, end) in ORDERS.items()} == found
    assert (len(ORDERS), 0) == await parser.billed()


@pytest.mark.fault("P2", "the answer to an order gets lost while the parse runs", "it is found; billed once", "S10")
async def test_a_parse_whose_answer_got_lost_is_found_while_it_still_runs(house: House, parser: Simulator) -> None:
    """P2: asked for anew before it is done, it would be bought twice, as no cache knows it yet: it is found instead."""
    lost = ("lost_answer", "malformed_answer", "missing_id")
    jobs, documents = await upload_all(house, lost)
    await parser.play(*({"kind": kind, "document": documents[kind], "times": 1} for kind in lost), delay=1)
    async with house.worker():
        found = await ends(house, jobs)
    await parser.play(delay=0)
    notes = await house.rows("SELECT count(*) FROM upload_pipeline.events WHERE code = 'PARSE_FOUND_AGAIN'")

    assert dict.fromkeys(lost, "complete") == {kind: end.status for kind, end in found.items()}
    assert ((len(lost), 0), len(lost)) == (await parser.billed(), notes[0]["count"])


@pytest.mark.fault("P3", "the webhook never comes", "the poll finds the result", "L7, S10")
@pytest.mark.fault("P4", "the webhook comes twice, or thirty times at once", "one result, one delivery kept", "S13, S9")
@pytest.mark.fault(
    "P5",
    "the webhook comes before the answer to our request",
    "kept under the locator in its address and read at the release; applied once",
    "S13",
)
@pytest.mark.fault(
    "P6",
    "webhooks come out of order, the final one first",
    "later news of the way are ignored",
    "S1, S13",
)
@pytest.mark.fault(
    "P7",
    "a webhook without signature, with a wrong one, of another secret, or altered by a byte",
    "refused; nothing is stored, and the document completes",
    "S13",
)
@pytest.mark.fault(
    "P8",
    "a signed webhook names another job's id, or an event nobody knows",
    "the address decides, never the body; the strange event changes nothing",
    "S12, S13",
)
@pytest.mark.fault(
    "P9",
    "a webhook that is too large, a gzip bomb, or of another content type",
    "refused before it is buffered; the document completes",
    "S13, L4",
)
@pytest.mark.fault(
    "P10",
    "a webhook wrapped into a string, without JSON, without UTF-8, or without its fields",
    "understood where it can be, else refused; the result is fetched by our own id",
    "S13",
)
async def test_faults_of_webhooks_change_nothing_for_the_document(house: House, parser: Simulator) -> None:
    """P3 to P10: lost, doubled, early, forged or broken deliveries: one result each, billed once, no forgery kept."""
    jobs, documents = await upload_all(house, WEBHOOKS)
    await parser.play(*({**fault, "document": documents[name]} for name, (fault, _) in WEBHOOKS.items()))
    # On a busy machine a quicker look would find the result before its webhook comes.
    async with house.with_settings(parse={"poll_seconds": 1.5}).worker(jobs_at_once=8):
        found = await ends(house, jobs)
    rows = await house.rows(
        "SELECT p.document_id::text AS id, count(d.delivery_key) AS kept FROM upload_pipeline.parse_runs p"
        " LEFT JOIN upload_pipeline.webhook_deliveries d USING (parse_id) GROUP BY p.document_id"
    )
    kept = {row["id"]: row["kept"] for row in rows}
    moves = await house.rows(
        "SELECT job_id FROM upload_pipeline.events WHERE type = 'transition' AND to_status = 'parsed'"
        " GROUP BY job_id HAVING count(*) <> 1"
    )

    assert dict.fromkeys(WEBHOOKS, WELL) == found
    assert {name: wanted for name, (_, wanted) in WEBHOOKS.items()} == {n: kept[documents[n]] for n in WEBHOOKS}
    assert ((len(WEBHOOKS), 0), []) == (await parser.billed(), moves)


@pytest.mark.fault(
    "P11",
    "the result is empty, without pages, white space, or images only",
    "PARSE_EMPTY; nothing is embedded",
    "S10, S14",
)
@pytest.mark.fault(
    "P12",
    "the provider says that it failed",
    "the job ends with the provider's reason in our words; what may pass is tried again",
    "S14, L1",
)
async def test_useless_results_and_failed_parses_end_with_their_reason(
    house: House, parser: Simulator, embedder: Simulator
) -> None:
    """P11, P12: what brings no text fails with a plain code, nothing is embedded; a passing failure is tried again."""
    jobs, documents = await upload_all(house, RESULTS)
    await parser.play(*({**fault, "document": documents[name]} for name, (fault, _) in RESULTS.items()))
    async with house.worker(jobs_at_once=8):
        found = await ends(house, jobs)
    well = sum(end.status == "complete" for _, end in RESULTS.values())

    assert {name: end for name, (_, end) in RESULTS.items()} == found
    assert (well, 0) == await embedder.billed()


async def collected(job: Job, services: Services) -> None:
    """Look for the result of a parse until there is one."""
    while isinstance(await STAGES[job.status](job, services, Workshop().desk()), Waiting):
        pass


@pytest.mark.fault("P11", "a worker dies over a useless result", "the next one ends the job; recorded once", "S10")
async def test_a_useless_result_that_is_met_twice_is_recorded_once(house: House, parser: Simulator) -> None:
    """P11: whoever comes after a worker that died before the job's end finds the purchase written down already."""
    accepted = await house.upload(page(new_word()), "page.html")
    # A webhook would hold the job for a moment, in which nobody can claim it.
    await parser.play(
        {"kind": "empty_result", "value": "no_pages", "document": accepted["document_id"]}, {"kind": "lost_webhook"}
    )
    async with house.services() as services:
        await services.enter_providers()
        job = await claimed(services)
        await STAGES[Status.UPLOADED](job, services, Workshop().desk())
        for owner in ("dies", "ends"):
            await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now()")
            job = await claimed(services, owner)
            with pytest.raises(PermanentError):
                await collected(job, services)
    told = await house.rows("SELECT code FROM upload_pipeline.events WHERE type = 'paid_recorded'")

    assert ["PARSE_RECORDED"] == [row["code"] for row in told]
    assert [("parse", "recorded", 1)] == await ledger_of(house, accepted["job_id"])


@pytest.mark.fault(
    "P3",
    "a parse stays in work for ever",
    "PARSE_TIMEOUT at its deadline, and the parse is cancelled",
    "S14, L1",
)
async def test_a_parse_that_never_ends_has_a_deadline(house: House, parser: Simulator) -> None:
    """P3: a parse that stays in work is given up at its deadline, cancelled, and told as such."""
    accepted = await house.upload(page(new_word()), "page.html")
    await parser.play({"kind": "stuck"})
    late = house.with_settings(
        parse={"deadline_seconds": 0.2, "deadline_per_page_seconds": 0, "poll_seconds": 0.1, "poll_max_seconds": 0.1}
    )
    async with late.worker():
        job = await house.ended(accepted["job_id"])

    assert ("failed_parse", "PARSE_TIMEOUT") == (job["status"], job["error"]["code"])
    assert (0, 0) == await parser.billed()


@pytest.mark.fault(
    "P12",
    "a few pages of the document failed",
    "it goes on with the others, and an event says how many are missing",
    "S14",
)
async def test_a_few_failed_pages_are_told_and_do_not_fail_the_document(
    house: House, parser: Simulator, samples: Any
) -> None:
    """P12: a partial success goes on with the pages there are, and an event says how many are missing."""
    content = (samples / "samples/home-insurance-policy.pdf").read_bytes()
    accepted = await house.upload(content + new_word().encode(), "policy.pdf")
    await parser.play({"kind": "fail_page", "value": 2})
    async with house.with_settings(parse={"max_failed_page_ratio": 0.9}).worker():
        job = await house.ended(accepted["job_id"])
    [event] = [event for event in await house.events(accepted["job_id"]) if event["code"] == "PARSE_PARTIAL"]

    assert ("complete", "warn", 1) == (job["status"], event["severity"], event["payload"]["failed_pages"])


@pytest.mark.fault(
    "P1",
    "the account has no credit left, with many documents waiting",
    "one question in a while for all of them; no attempt is used up",
    "S16, L1",
)
async def test_an_empty_account_stops_the_asking_of_all_jobs(house: House, parser: Simulator) -> None:
    """P1: while the account has no credit one job in a while asks, the others wait and none uses up an attempt."""
    jobs, _ = await upload_all(house, [f"document {number}" for number in range(6)])
    await parser.play({"kind": "payment_required"})
    slow = house.with_settings(provider={"refused_seconds": 600, "open_max_seconds": 600, "failures_to_open": 5})
    async with slow.worker(jobs_at_once=1):
        for job_id in jobs.values():
            await house.until(job_id, lambda job: job["error"] is not None)
        waiting = [await house.job(job_id) for job_id in jobs.values()]
        asked = await house.rows("SELECT 1 FROM upload_pipeline.provider_calls")
        [gate] = [row for row in (await house.api.get("/providers")).json()["providers"] if row["failures"]]
        await parser.play()
        await house.rows(
            "UPDATE upload_pipeline.provider_gates SET probe_at = now()",
        )
        await house.rows("UPDATE upload_pipeline.upload_jobs SET available_at = now() WHERE lease_owner IS NULL")
        found = await ends(house, jobs)

    assert {("uploaded", "PARSE_NO_CREDIT", 0)} == {
        (job["status"], job["error"]["code"], job["retry_count"]) for job in waiting
    }
    assert (1, "open", "PARSE_NO_CREDIT") == (len(asked), gate["state"], gate["reason"])
    assert {WELL} == set(found.values())
