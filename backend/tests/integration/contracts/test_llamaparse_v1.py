"""API v1 of the LlamaParse simulator and fetched files, over plain HTTP: the older SDK cannot be installed beside."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from backend.tests.integration.contracts.llamaparse_server import DEADLINE, SECRET, Hook, ServedLlamaParse

pytest_plugins = ["backend.tests.integration.contracts.llamaparse_fixtures"]

BASE = "/api/parsing"
# What the older SDK sends without being asked.
SDK_FORM = {"from_python_package": "true", "language": "en", "save_images": "true", "line_level_bounding_box": "false"}


def upload(simulator: ServedLlamaParse, base: str = BASE, *, with_file: bool = True, **fields: str) -> str:
    """Ask for a parse and return the job's id."""
    parts = {"file": ("a.pdf", b"text")} if with_file else None
    answer = simulator.http.post(f"{base}/upload", data={**SDK_FORM, **fields}, files=parts)
    assert {"id", "status"} == answer.raise_for_status().json().keys()
    return str(answer.json()["id"])


def ended(simulator: ServedLlamaParse, job_id: str, base: str = BASE) -> dict[str, Any]:
    """Wait until a job is no longer pending."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        job: dict[str, Any] = simulator.http.get(f"{base}/job/{job_id}").raise_for_status().json()
        if job["status"] != "PENDING":
            return job
    raise AssertionError("the job is still pending")


def result(simulator: ServedLlamaParse, job_id: str, kind: str) -> Any:
    """Return one kind of result."""
    return simulator.http.get(f"{BASE}/job/{job_id}/result/{kind}").raise_for_status().json()


@pytest.mark.parametrize("base", [BASE, "/api/v1/parsing"])
def test_a_file_is_parsed(simulator: ServedLlamaParse, base: str) -> None:
    """Both paths take a file and give its result in every form."""
    job_id = upload(simulator, base, parse_mode="parse_page_with_agent", do_not_cache="true")
    job = ended(simulator, job_id, base)

    whole = simulator.http.get(f"{base}/job/{job_id}/result/markdown").json()
    raw = [simulator.http.get(f"{base}/job/{job_id}/result/raw/{kind}").text for kind in ("markdown", "text")]
    pages = simulator.http.get(f"{base}/job/{job_id}/result/json").json()
    details = simulator.http.get(f"{base}/job/{job_id}/details").json()

    metadata = {"job_pages": 2, "job_is_cache_hit": False, "credits_used": 20.0}
    assert {"id": job_id, "status": "SUCCESS", "error_code": None, "error_message": None} == job
    assert {"markdown": raw[0], "job_metadata": metadata} == whole
    assert {"text": raw[1], "job_metadata": metadata} == result(simulator, job_id, "text")
    assert [1, 2] == [page["page"] for page in pages["pages"]]
    assert {"page", "text", "md", "images", "items"} == pages["pages"][0].keys()
    assert {"type": "heading", "lvl": 1} == {name: pages["pages"][0]["items"][0][name] for name in ("type", "lvl")}
    assert ("agentic", metadata) == (details["parameters"]["tier"], details["job_metadata"])
    assert details["parameters"] == simulator.http.get(f"{base}/job/{job_id}/parameters").json()


def test_pages_are_counted_from_zero(simulator: ServedLlamaParse) -> None:
    """`target_pages` counts from 0, `max_pages` is a number of pages."""
    second = upload(simulator, target_pages="1")
    first = upload(simulator, max_pages="1")

    assert ["SUCCESS"] * 2 == [ended(simulator, job)["status"] for job in (second, first)]
    assert [[2], [1]] == [[page["page"] for page in result(simulator, job, "json")["pages"]] for job in (second, first)]


def test_statuses(simulator: ServedLlamaParse) -> None:
    """A failure names its code, failed pages make a success in part, and running is pending."""
    simulator.play(
        {"kind": "fail_job", "value": "PDF_IS_BROKEN", "nth": 1},
        {"kind": "fail_page", "value": "21", "nth": 2},
        {"kind": "stuck", "nth": 3},
    )
    jobs = [upload(simulator, do_not_cache="true") for _ in range(3)]
    failed, whole = (ended(simulator, job) for job in jobs[:2])
    simulator.http.post(f"/api/v2/parse/{jobs[2]}/cancel").raise_for_status()

    assert ("ERROR", "PDF_IS_BROKEN") == (failed["status"], failed["error_code"])
    assert failed["error_message"].startswith("The PDF")
    assert ("SUCCESS", "CANCELLED") == (whole["status"], ended(simulator, jobs[2])["status"])
    assert 404 == simulator.http.get(f"{BASE}/job/{jobs[2]}/result/markdown").status_code


def test_a_success_in_part(simulator: ServedLlamaParse) -> None:
    """A page that failed is left out of the text, and marked in the JSON."""
    simulator.play({"kind": "fail_page", "value": "1"})
    allowed: dict[str, Any] = {"processing_control": {"job_failure_conditions": {"allowed_page_failure_ratio": 1}}}
    job_id = simulator.submit(**allowed)

    assert "PARTIAL_SUCCESS" == ended(simulator, job_id)["status"]
    assert ["ERROR", None] == [page.get("status") for page in result(simulator, job_id, "json")["pages"]]
    assert "# Document" not in result(simulator, job_id, "markdown")["markdown"]


def test_the_push(simulator: ServedLlamaParse, hook: Hook) -> None:
    """`webhook_url` gets the whole result, unsigned and without an id; `webhook_configurations` get signed events."""
    simulator.play({"kind": "late_webhook", "document": "parse.success", "value": 0.05, "nth": 1})
    options = hook.options("parse.success", webhook_signing_secret=SECRET)
    job_id = upload(simulator, webhook_url=hook.url, webhook_configurations=json.dumps(options))

    bodies = [(call.event, "lc-signature" in call.headers) for call in (hook.next(), hook.next())]

    push, event = sorted(bodies, key=lambda body: body[1])
    assert {"txt", "md", "json", "images"} == push[0].keys()
    assert result(simulator, job_id, "markdown")["markdown"] == push[0]["md"]
    assert job_id not in json.dumps(push[0])
    assert (job_id, True) == (event[0]["data"]["job_id"], event[1])


@pytest.mark.parametrize(
    ("fields", "status", "told"),
    [
        ({"webhook_configurations": "{"}, 400, "Invalid JSON in webhook_configurations"),
        ({"webhook_url": "ftp://x"}, 400, "webhook_url"),
        ({"parse_mode": "quickly"}, 400, "parse_mode"),
        ({"target_pages": "x"}, 422, "target_pages"),
        ({"tier": "turbo"}, 422, "tier"),
        ({"input_url": "file:///etc/passwd"}, 400, "input_url"),
        ({}, 422, '"loc": ["body", "file"]'),
    ],
)
def test_wrong_forms(simulator: ServedLlamaParse, fields: dict[str, str], status: int, told: str) -> None:
    """What cannot be understood is refused; fields that nobody knows are not."""
    answer = simulator.http.post(f"{BASE}/upload", data={**SDK_FORM, "unheard_of": "1", **fields})

    assert (status, True) == (answer.status_code, told in answer.text)


def test_the_fast_tier_has_no_markdown(simulator: ServedLlamaParse) -> None:
    """The cheapest tier gives text only, and formats that are never made are not found."""
    job_id = upload(simulator, fast_mode="true")
    ended(simulator, job_id)
    statuses = {
        kind: simulator.http.get(f"{BASE}/job/{job_id}/result/{kind}").status_code
        for kind in ("markdown", "text", "xlsx", "film")
    }

    assert {"markdown": 400, "text": 200, "xlsx": 404, "film": 422} == statuses
    assert 404 == simulator.http.get(f"{BASE}/job/none").status_code


@pytest.mark.parametrize("page", ["/files/terms.pdf", "/moved"])
def test_a_fetched_file_is_parsed(simulator: ServedLlamaParse, website: str, page: str) -> None:
    """`source_url`, and `input_url` of v1, are really fetched, over redirects too; the same bytes are the same work."""
    form = {"input_url": website + page, "parse_mode": "parse_page_with_lvm"}
    stored = [simulator.finished(simulator.submit(source_url=website + page))["job"]["status"] for _ in range(2)]
    older = ended(simulator, upload(simulator, with_file=False, **form))

    names = [file["name"] for file in simulator.http.get("/api/v1/beta/files").json()["items"]]
    assert ["COMPLETED"] * 2 + ["SUCCESS"] == [*stored, older["status"]]
    assert [page.rpartition("/")[2]] * 3 == names
    assert (4, 0) == (simulator.bill()["units"], simulator.bill()["duplicate_units"])


@pytest.mark.parametrize(
    ("page", "reason", "told"),
    [
        ("/missing.pdf", "ERROR_DURING_PROCESSING", "HTTP 404"),
        ("/empty.pdf", "NO_DATA_FOUND_IN_FILE", "is empty"),
        ("/elsewhere", "ERROR_DURING_PROCESSING", "another scheme"),
        ("/round", "ERROR_DURING_PROCESSING", "too many redirects"),
        ("/large.pdf", "DOCUMENT_TOO_LARGE", "too large"),
    ],
)
def test_a_file_that_cannot_be_fetched(
    simulator: ServedLlamaParse, website: str, page: str, reason: str, told: str
) -> None:
    """A missing, empty, endless or too large file fails its job with a reason, and costs nothing."""
    job = simulator.finished(simulator.submit(source_url=website + page))["job"]

    code, _, sentence = job["error_message"].partition(": ")
    assert ("FAILED", reason, True) == (job["status"], code, told in sentence)
    assert 0 == simulator.bill()["units"]
