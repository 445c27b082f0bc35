"""The faults of calls and jobs of the LlamaParse simulator, as they look on the wire."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from backend.tests.integration.contracts.llamaparse_server import OPTIONS, Hook, ServedLlamaParse

from mock_providers.llamaparse.fault_kinds import REFUSALS

pytest_plugins = ["backend.tests.integration.contracts.llamaparse_fixtures"]


def answer_of(simulator: ServedLlamaParse, prefix: str, subject: str) -> httpx.Response:
    """Make the call whose faults begin with `prefix`."""
    if prefix == "upload_":
        return simulator.http.post(
            "/api/v1/beta/files", data={"purpose": "parse"}, files={"file": ("a.pdf", subject.encode())}
        )
    if prefix == "fetch_":
        return simulator.http.get(f"/api/v2/parse/{subject}", params={"expand": "markdown"})
    return simulator.http.post("/api/v2/parse", json={"file_id": subject, **OPTIONS})


@pytest.fixture
def subjects(simulator: ServedLlamaParse) -> dict[str, str]:
    """Give what each call needs: a stored file, content, a finished job."""
    file_id = simulator.upload()
    job_id = simulator.submit(file_id)
    simulator.finished(job_id)
    return {"": file_id, "upload_": "content", "fetch_": job_id}


@pytest.mark.parametrize("prefix", ["", "upload_", "fetch_"])
def test_refusals(simulator: ServedLlamaParse, subjects: dict[str, str], prefix: str) -> None:
    """Each refusal has its status and sentence, an error of the server a correlation id, and all of them our mark."""
    answers = {}
    for kind in REFUSALS:
        simulator.play({"kind": prefix + kind})
        answers[kind] = answer_of(simulator, prefix, subjects[prefix])

    told = {kind: (answer.status_code, answer.json()["detail"]) for kind, answer in answers.items()}
    assert REFUSALS == told
    assert {kind for kind, answer in answers.items() if "correlation_id" in answer.json()} == {
        kind for kind, (status, _) in REFUSALS.items() if status >= 500
    }
    assert {"mock-llamaparse"} == {answer.headers["x-mock-provider"] for answer in answers.values()}


def test_refusals_say_what_they_are_told(simulator: ServedLlamaParse, subjects: dict[str, str]) -> None:
    """A limit can name a time to wait, and a lack of credit its own sentence."""
    simulator.play(
        {"kind": "rate_limit", "value": 3, "nth": 1},
        {"kind": "payment_required", "value": "No quota left to create a job", "nth": 2},
    )

    limited, unpaid = (answer_of(simulator, "", subjects[""]) for _ in range(2))

    assert "3" == limited.headers["retry-after"]
    assert {"detail": "No quota left to create a job"} == unpaid.json()


def test_a_lost_answer_leaves_a_job_that_is_billed(simulator: ServedLlamaParse) -> None:
    """The connection closes without a byte, but the work is done, and paid."""
    file_id = simulator.upload()
    simulator.play({"kind": "lost_answer"})

    with pytest.raises(httpx.ReadError):
        answer_of(simulator, "", file_id)

    jobs = simulator.http.get("/api/v2/parse").json()["items"]
    assert ["COMPLETED"] == [simulator.finished(job["id"])["job"]["status"] for job in jobs]
    assert 2 == simulator.bill()["units"]


def test_a_lost_answer_of_an_upload(simulator: ServedLlamaParse) -> None:
    """The file is stored, although nobody is told its id."""
    simulator.play({"kind": "upload_lost_answer"})

    with pytest.raises(httpx.ReadError):
        answer_of(simulator, "upload_", "content")

    assert 1 == len(simulator.http.get("/api/v1/beta/files").json()["items"])


@pytest.mark.parametrize("prefix", ["", "upload_"])
def test_wrong_answers(simulator: ServedLlamaParse, subjects: dict[str, str], prefix: str) -> None:
    """A 200 can hold broken JSON, or lack the id."""
    simulator.play({"kind": f"{prefix}malformed_answer", "nth": 1}, {"kind": f"{prefix}missing_id", "nth": 2})

    malformed, nameless = (answer_of(simulator, prefix, subjects[prefix]) for _ in range(2))

    with pytest.raises(ValueError, match=r"char"):
        malformed.json()
    assert (200, 200) == (malformed.status_code, nameless.status_code)
    assert ("application/json", False) == (malformed.headers["content-type"], "id" in nameless.json())


@pytest.mark.parametrize("prefix", ["", "upload_", "fetch_"])
def test_slow_answers(simulator: ServedLlamaParse, subjects: dict[str, str], prefix: str) -> None:
    """An answer comes as many seconds late as the fault says, and is a good one then."""
    simulator.play({"kind": f"{prefix}slow_answer", "value": 0.05})

    answer = answer_of(simulator, prefix, subjects[prefix])

    assert 200 == answer.status_code
    assert answer.elapsed.total_seconds() >= 0.05


def test_faults_of_a_fetch(simulator: ServedLlamaParse, subjects: dict[str, str]) -> None:
    """A known job is not found, its body is broken JSON, ends halfway, or does not come at all."""
    kinds = ("fetch_not_found", "fetch_malformed", "fetch_cut", "fetch_lost_answer")
    simulator.play(*({"kind": kind, "nth": number} for number, kind in enumerate(kinds, start=1)))

    missing, malformed = (answer_of(simulator, "fetch_", subjects["fetch_"]) for _ in range(2))
    with simulator.http.stream("GET", f"/api/v2/parse/{subjects['fetch_']}?expand=markdown") as cut:
        assert 200 == cut.status_code
        with pytest.raises(httpx.ReadError):
            cut.read()
    with pytest.raises(httpx.ReadError):
        answer_of(simulator, "fetch_", subjects["fetch_"])

    assert (404, {"detail": "Parse job not found"}) == (missing.status_code, missing.json())
    assert 200 == malformed.status_code
    with pytest.raises(ValueError, match="char"):
        malformed.json()


def test_a_fault_can_be_meant_for_results_only(simulator: ServedLlamaParse, subjects: dict[str, str]) -> None:
    """Asking for the status alone is spared by a fault of results."""
    simulator.play({"kind": "fetch_unavailable", "document": "result"})

    status = simulator.http.get(f"/api/v2/parse/{subjects['fetch_']}")
    result = answer_of(simulator, "fetch_", subjects["fetch_"])

    assert (200, 503) == (status.status_code, result.status_code)


RESULTS: dict[str, tuple[list[str], float]] = {
    "empty_result": (["", ""], 2),
    "whitespace_result": ([" \n\t\n\u00a0 "] * 2, 2),
    "images_only": (["![image](page_1_image_1.png)", "![image](page_2_image_1.png)"], 2),
}


@pytest.mark.parametrize("kind", RESULTS)
def test_results_of_no_use(simulator: ServedLlamaParse, kind: str) -> None:
    """A result can be empty, blank, or nothing but images; it is paid for all the same, and not cached."""
    simulator.play({"kind": kind, "times": 1})

    useless, useful = (simulator.finished(simulator.submit(), "markdown,job_metadata") for _ in range(2))

    pages, units = RESULTS[kind]
    assert pages == [page["markdown"] for page in useless["markdown"]["pages"]]
    assert (False, "# Document doc-1") == (
        useful["job_metadata"]["job_is_cache_hit"],
        useful["markdown"]["pages"][0]["markdown"][:16],
    )
    assert 2 * units == simulator.bill()["units"]


def test_a_result_without_pages(simulator: ServedLlamaParse) -> None:
    """A result can have no page at all, and costs nothing then."""
    simulator.play({"kind": "empty_result", "value": "no_pages"})

    result = simulator.finished(simulator.submit(), "markdown")

    assert ("COMPLETED", []) == (result["job"]["status"], result["markdown"]["pages"])
    assert 0 == simulator.bill()["units"]


@pytest.mark.parametrize(("value", "events"), [("PENDING", []), ("RUNNING", ["parse.running"])])
def test_a_stuck_job(simulator: ServedLlamaParse, hook: Hook, value: str, events: list[str]) -> None:
    """A stuck job tells no end; only a cancellation frees it, and it is never billed."""
    simulator.play({"kind": "stuck", "value": value})

    job_id = simulator.submit(webhook_configurations=hook.options())

    assert ["parse.pending", *events] == hook.types(1 + len(events))
    assert value == simulator.http.get(f"/api/v2/parse/{job_id}").json()["job"]["status"]
    simulator.http.post(f"/api/v2/parse/{job_id}/cancel").raise_for_status()
    assert ["parse.cancelled"] == hook.types(1)
    assert 0 == simulator.bill()["units"]


def test_several_pages_fail(simulator: ServedLlamaParse, hook: Hook) -> None:
    """Failed pages beyond the share that the request allows fail the job; below, they make a success in part."""
    simulator.play({"kind": "fail_page", "value": "1,2"}, {"kind": "fail_page", "value": "2"})
    allowed: dict[str, Any] = {"processing_control": {"job_failure_conditions": {"allowed_page_failure_ratio": 1}}}

    strict = simulator.finished(simulator.submit(webhook_configurations=hook.options("parse.error")), "job_metadata")
    lenient = simulator.finished(
        simulator.submit(webhook_configurations=hook.options("parse.partial_success"), **allowed), "markdown"
    )

    assert ("FAILED", "COMPLETED") == (strict["job"]["status"], lenient["job"]["status"])
    assert [False, False] == [page["success"] for page in lenient["markdown"]["pages"]]
    assert ["parse.error", "parse.partial_success"] == hook.types(2)
    assert 0 == simulator.bill()["units"]


def test_a_rate_strikes_the_same_calls_again(simulator: ServedLlamaParse, subjects: dict[str, str]) -> None:
    """A share of the calls is struck, and with the same seed the same ones."""

    def statuses() -> list[int]:
        simulator.play({"kind": "fetch_unavailable", "rate": 0.5}, seed=7)
        return [answer_of(simulator, "fetch_", subjects["fetch_"]).status_code for _ in range(16)]

    first = statuses()

    assert {200, 503} == set(first)
    assert first == statuses()


def bill_after(simulator: ServedLlamaParse, **options: Any) -> tuple[float, float]:
    """Parse the same file again and return the number of billed units and of distinct ones."""
    simulator.finished(simulator.submit(**options))
    bill = simulator.bill()
    return bill["units"], bill["distinct_units"]


def test_what_is_billed(simulator: ServedLlamaParse) -> None:
    """The same work has the same unit keys, whoever asks; the cache is free, and more confidence costs more."""
    steps: list[dict[str, Any]] = [{}, {}, {"disable_cache": True}, {"tier": "fast"}]

    bills = [bill_after(simulator, **step) for step in steps]
    job = simulator.submit(processing_options={"confidence_score_effort": "high"})

    assert [(2, 2), (2, 2), (4, 2), (6, 4)] == bills
    assert 2 * (10 + 5) == simulator.finished(job)["job"]["usage"]["credits"]
