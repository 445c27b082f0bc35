"""The wire contract of the LlamaParse simulator: shapes, errors, cache, faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Starter = Callable[..., Any]
OPTIONS = '{"tier": "agentic", "version": "latest"}'


async def test_create_is_flat_and_get_is_wrapped(llamaparse: Starter) -> None:
    """The job stands alone in the answer of the submit call, and below `job` in the answer of the get."""
    client = await llamaparse()
    file_id = await client.upload(b"text", external_file_id="doc-1")

    job = await client.submit(file_id, user_metadata={"a": "b"})
    done = await client.finished(job["id"], "markdown,usage")

    assert ("PENDING", "agentic", {"a": "b"}, None) == (
        job["status"],
        job["tier"],
        job["user_metadata"],
        job["usage"],
    )
    assert job["id"].startswith("pjb-")
    assert file_id.startswith("dfl-")
    assert {"job", "markdown"} == done.keys()
    assert ("COMPLETED", {"credits": 20.0}) == (done["job"]["status"], done["job"]["usage"])
    assert done["markdown"]["pages"][0]["markdown"].startswith("# Document doc-1")


async def test_both_expand_styles(llamaparse: Starter) -> None:
    """Names may be repeated or joined by commas."""
    client = await llamaparse()
    job = await client.submit(await client.upload(b"text"))
    await client.finished(job["id"])

    joined = await client.http.get(f"/api/v2/parse/{job['id']}?expand=markdown_full,text,metadata,job_metadata")
    repeated = await client.http.get(
        f"/api/v2/parse/{job['id']}?expand=markdown_full&expand=text&expand=metadata&expand=job_metadata"
    )

    assert joined.json() == repeated.json()
    assert {"job", "markdown_full", "text", "metadata", "job_metadata"} == joined.json().keys()
    assert joined.json()["markdown_full"].count("## Section") == 2


async def test_upload_and_parse_in_one_call(llamaparse: Starter) -> None:
    """The multipart call takes `configuration` as JSON text beside the file."""
    client = await llamaparse()

    answer = await client.http.post(
        "/api/v2/parse/upload", data={"configuration": OPTIONS}, files={"file": ("a.pdf", b"x")}
    )

    assert "COMPLETED" == (await client.finished(answer.json()["id"]))["job"]["status"]


@pytest.mark.parametrize(
    ("configuration", "status", "told"),
    [
        ("{", 400, "Invalid JSON"),
        ('{"tier": "agentic"}', 422, "missing"),
        ('{"tier": "agentic", "version": "latest", "fast_mode": true}', 422, "extra_forbidden"),
        ('{"tier": NaN, "version": "\\ud800"}', 400, "Invalid JSON"),
    ],
)
async def test_a_wrong_configuration(llamaparse: Starter, configuration: str, status: int, told: str) -> None:
    """Unreadable JSON is a 400, wrong or unknown options are a 422 in FastAPI's shape."""
    client = await llamaparse()

    answer = await client.http.post(
        "/api/v2/parse/upload", data={"configuration": configuration}, files={"file": ("a.pdf", b"x")}
    )

    assert status == answer.status_code
    assert told in answer.text


@pytest.mark.parametrize(
    ("files", "data", "status", "told"),
    [
        ({"file": ("a.pdf", b"")}, {"purpose": "parse"}, 400, "Uploaded file is empty."),
        ({"file": (None, b"x")}, {"purpose": "parse"}, 400, "File must have a filename."),
        ({"other": ("a", b"x")}, {"purpose": "parse"}, 422, '"loc": ["body", "file"]'),
        ({"file": ("a.pdf", b"x")}, {}, 422, '"loc": ["body", "purpose"]'),
        ({"file": ("a.pdf", b"x" * 1_200_000)}, {"purpose": "parse"}, 413, "File is too large."),
    ],
)
async def test_wrong_uploads(
    llamaparse: Starter, files: dict[str, Any], data: dict[str, str], status: int, told: str
) -> None:
    """Each wrong upload has the provider's status and sentence."""
    client = await llamaparse(max_file_bytes=1000)

    answer = await client.http.post("/api/v1/beta/files", files=files, data=data)

    assert status == answer.status_code
    assert told in answer.text


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"file_id": "dfl-none"}, 404, "Source file not found in storage"),
        ({}, 400, "file_id"),
        ({"source_url": "ftp://example.org/a.pdf"}, 400, "source_url"),
        ({"source_url": "http://xn--/a.pdf"}, 400, "source_url"),
        ({"source_url": "http://example.org", "file_id": "x"}, 400, "Only one"),
        ({"file_id": "x", "configuration_id": "c"}, 404, "Source file not found"),
        ({"file_id": "x", "model": "m"}, 422, "extra_forbidden"),
    ],
)
async def test_wrong_submissions(llamaparse: Starter, body: dict[str, Any], status: int, told: str) -> None:
    """A job needs a stored file and known options."""
    client = await llamaparse()

    answer = await client.http.post("/api/v2/parse", json={"tier": "agentic", "version": "latest", **body})

    assert status == answer.status_code
    assert told in answer.text


async def test_unwritable_input_is_no_server_error(llamaparse: Starter) -> None:
    """NaN and lone surrogates in a request are answered with 422, not 500."""
    client = await llamaparse()

    answers = [
        await client.http.post("/api/v2/parse", content=body, headers={"content-type": "application/json"})
        for body in ('{"tier": NaN}', '{"tier": "\\ud800"}', "[1]", "{")
    ]

    assert [422] * 4 == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    "headers", [{"Authorization": ""}, {"Authorization": "Bearer other"}, {"Authorization": "Basic x"}]
)
async def test_a_key_is_needed(llamaparse: Starter, headers: dict[str, str]) -> None:
    """No key, another key than the expected one, and another scheme are all 401."""
    client = await llamaparse(api_key="llx-right")

    answer = await client.http.get("/api/v2/parse", headers=headers)

    assert (401, {"detail": "Invalid authentication token"}) == (answer.status_code, answer.json())


async def test_results_before_they_are_ready(llamaparse: Starter) -> None:
    """Content of an open job is a 404, its status is not; unknown jobs are a 404; `fast` has no Markdown."""
    client = await llamaparse(delay=60)
    file_id = await client.upload(b"text")
    open_job = (await client.submit(file_id))["id"]
    fast_job = (await client.submit(file_id, tier="fast"))["id"]

    answers = [
        await client.http.get(f"/api/v2/parse/{path}")
        for path in (f"{open_job}?expand=markdown", open_job, "pjb-none", f"{fast_job}?expand=markdown")
    ]

    assert [404, 200, 404, 400] == [answer.status_code for answer in answers]
    assert "Result not found" in answers[0].text
    assert {"detail": "Parse job not found"} == answers[2].json()
    assert {"detail": "Markdown expansion is not available for FAST tier jobs."} == answers[3].json()


async def test_cancel_and_delete(llamaparse: Starter) -> None:
    """An open job can be cancelled but not deleted; a cancelled one is never billed, and can be deleted."""
    client = await llamaparse(delay=60)
    job = f"/api/v2/parse/{(await client.submit(await client.upload(b'text')))['id']}"

    refused = await client.http.delete(job)
    cancelled = await client.http.post(f"{job}/cancel")
    deleted = await client.http.delete(job)

    assert 400 == refused.status_code
    assert "CANCELLED" == cancelled.json()["status"]
    assert {"id", "project_id"} == deleted.json().keys()
    assert 404 == (await client.http.get(job)).status_code
    assert 0 == (await client.bill())["units"]


async def test_jobs_are_listed_newest_first(llamaparse: Starter) -> None:
    """Pages of the list follow each other by token, and a status chooses."""
    client = await llamaparse(delay=60)
    file_id = await client.upload(b"text")
    jobs = [(await client.submit(file_id))["id"] for _ in range(3)]
    await client.http.post(f"/api/v2/parse/{jobs[1]}/cancel")

    first = (await client.http.get("/api/v2/parse?page_size=2")).json()
    rest = (await client.http.get(f"/api/v2/parse?page_size=2&page_token={first['next_page_token']}")).json()
    cancelled = (await client.http.get("/api/v2/parse?status=CANCELLED")).json()

    assert [jobs[2], jobs[1], jobs[0]] == [job["id"] for job in first["items"] + rest["items"]]
    assert rest["next_page_token"] is None
    assert [jobs[1]] == [job["id"] for job in cancelled["items"]]


async def test_the_same_work_again_is_free(llamaparse: Starter) -> None:
    """Same bytes and options complete at once without a bill; other options and a disabled cache are billed."""
    client = await llamaparse()
    first = await client.parse(b"text")
    again = await client.submit(await client.upload(b"text"))

    assert ("COMPLETED", "COMPLETED") == (first["job"]["status"], again["status"])
    assert (2, 0) == ((await client.bill())["units"], (await client.bill())["duplicate_units"])

    await client.parse(b"text", tier="fast")
    await client.parse(b"text", disable_cache=True)
    bill = await client.bill()
    assert (6, 4, 2) == (bill["units"], bill["distinct_units"], bill["duplicate_units"])


async def test_a_cached_document_keeps_its_own_generated_content(llamaparse: Starter) -> None:
    """The cache makes a second document of the same bytes free, but its content is that of its own id."""
    client = await llamaparse()
    await client.parse(b"text")

    other = await client.submit(await client.upload(b"text", external_file_id="doc-2"))

    done = await client.finished(other["id"], "markdown,job_metadata")
    assert done["job_metadata"]["job_is_cache_hit"]
    assert done["markdown"]["pages"][0]["markdown"].startswith("# Document doc-2")


@pytest.mark.parametrize(
    ("kind", "status"), [("rate_limit", 429), ("payment_required", 402), ("server_error", 500), ("unavailable", 503)]
)
async def test_submit_faults(llamaparse: Starter, kind: str, status: int) -> None:
    """A fault answers the submit call that it is meant for, without Retry-After, and the next one works."""
    client = await llamaparse()
    file_id = await client.upload(b"text")
    await client.http.patch("/_control", json={"faults": [{"kind": kind, "nth": 1}]})
    body = {"file_id": file_id, "tier": "agentic", "version": "latest"}

    struck = await client.http.post("/api/v2/parse", json=body)
    spared = await client.http.post("/api/v2/parse", json=body)

    assert (status, 200) == (struck.status_code, spared.status_code)
    assert "retry-after" not in struck.headers
    assert ("correlation_id" in struck.json()) == (status >= 500)


async def test_job_faults(llamaparse: Starter) -> None:
    """A job fails for the reason of the fault; a failed page leaves a partial result, billed without it."""
    client = await llamaparse(pages=30)
    faults = [{"kind": "fail_job", "nth": 1, "value": "PDF_IS_BROKEN"}, {"kind": "fail_page", "nth": 2, "value": 3}]
    await client.http.patch("/_control", json={"faults": faults})

    failed = await client.parse(b"one")
    partial = await client.parse(b"two", "markdown")

    assert ("FAILED", True) == (
        failed["job"]["status"],
        failed["job"]["error_message"].startswith("PDF_IS_BROKEN: "),
    )
    assert "COMPLETED" == partial["job"]["status"]
    assert {"page_number": 3, "success": False, "error": "The page could not be read."} == partial["markdown"]["pages"][
        2
    ]
    assert 29 == (await client.bill())["units"]


async def test_too_many_failed_pages_fail_the_job(llamaparse: Starter) -> None:
    """More than one page in twenty fails the job, unless the request allows it."""
    client = await llamaparse(pages=2)
    await client.http.patch("/_control", json={"faults": [{"kind": "fail_page", "value": 2}]})
    allowed = {"processing_control": {"job_failure_conditions": {"allowed_page_failure_ratio": 0.5}}}

    statuses = [(await client.parse(b"text", **options))["job"]["status"] for options in ({}, allowed)]

    assert ["FAILED", "COMPLETED"] == statuses


async def test_the_failure_rate_repeats(llamaparse: Starter) -> None:
    """With the same seed the same submissions fail, and always in a way that a retry mends."""
    client = await llamaparse(failure_rate=0.5, seed=3)
    body = {"file_id": await client.upload(b"text"), "tier": "agentic", "version": "latest", "disable_cache": True}

    async def statuses() -> list[int]:
        await client.http.patch("/_control", json={"seed": 3})
        return [(await client.http.post("/api/v2/parse", json=body)).status_code for _ in range(20)]

    first = await statuses()

    assert await statuses() == first
    assert {200, 429, 503} == set(first)


async def test_reset_forgets_everything(llamaparse: Starter) -> None:
    """After a reset there are no jobs, no files and no bill, and the start values are back."""
    client = await llamaparse()
    await client.parse(b"text")
    await client.http.patch("/_control", json={"delay": 5})

    answer = await client.http.post("/_control/reset")

    assert 0 == answer.json()["delay"]
    assert [[], []] == [
        (await client.http.get(path)).json()["items"] for path in ("/api/v2/parse", "/api/v1/beta/files")
    ]
    assert 0 == (await client.bill())["units"]


async def test_control_refuses_nonsense(llamaparse: Starter) -> None:
    """Values out of range and unknown faults are 422."""
    client = await llamaparse()

    bodies: list[dict[str, Any]] = [{"delay": -1}, {"faults": [{"kind": "magic"}]}, {"speed": 1}]
    answers = [await client.http.patch("/_control", json=body) for body in bodies]

    assert [422] * 3 == [answer.status_code for answer in answers]
