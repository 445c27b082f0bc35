"""Answers of the parse provider: only known shapes get in, and every reason of a failure has one meaning."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.providers.llamaparse import (
    LlamaParseClient,
    ParsedPage,
    ParseOptions,
    ParseResult,
    ParseState,
    WebhookTarget,
    failure_of,
)

OPTIONS = ParseOptions("agentic", "2026-10-16", 40)
HOOK = WebhookTarget("https://accessa.example.org/webhooks/llamaparse/x", "webhook-secret", "token-of-the-address")

Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler) -> LlamaParseClient:
    """Return a client of a provider that answers so."""
    return LlamaParseClient("http://provider", "llx-test", timeout_seconds=5, transport=httpx.MockTransport(handler))


async def fetch(answer: object, status: int = 200) -> ParseResult:
    """Fetch a parse from a provider that always gives the same answer."""
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    async with client_of(lambda _: httpx.Response(status, content=content)) as client:
        return await client.fetch("pjb-1")


def completed(*pages: Any, **fields: Any) -> dict[str, Any]:
    """Return the answer of a completed parse."""
    return {"job": {"status": "COMPLETED", "usage": {"credits": 6}}, "markdown": {"pages": list(pages)}, **fields}


def page(number: Any = 1, markdown: Any = "# Text", **fields: Any) -> dict[str, Any]:
    """Return one page of an answer."""
    return {"page_number": number, "markdown": markdown, "success": True, **fields}


async def test_pages_come_in_order() -> None:
    """Pages are sorted by their number, and what else the provider says of them is left."""
    found = await fetch(completed(page(10, "ten"), page(2, "two", header="h"), page(1, "")))

    assert (ParsedPage(1, ""), ParsedPage(2, "two"), ParsedPage(10, "ten")) == found.pages


@pytest.mark.parametrize(
    ("told", "error"), [({"error": "no text layer"}, "no text layer"), ({}, "unknown"), ({"error": None}, "unknown")]
)
async def test_a_failed_page_holds_no_text(told: dict[str, Any], error: str) -> None:
    """A page that could not be parsed keeps its place and the provider's reason."""
    found = await fetch(completed({"page_number": 3, "success": False, "markdown": "noise", **told}))

    assert (ParsedPage(3, "", error),) == found.pages


async def test_half_a_character_on_a_page_is_read() -> None:
    """A page with half a surrogate pair is no breach of the contract."""
    found = await fetch(
        b'{"job": {"status": "COMPLETED"}, "markdown": {"pages": [{"page_number": 1, "markdown": "\\ud83d"}]}}'
    )

    assert (ParsedPage(1, "\ud83d"),) == found.pages


BROKEN: dict[str, object] = {
    "no job": {"markdown": {"pages": []}},
    "a job that is null": {"job": None},
    "a job that is text": {"job": "COMPLETED"},
    "a job that is a list": {"job": ["COMPLETED"]},
    "no status": {"job": {"id": "pjb-1"}},
    "an unknown status": {"job": {"status": "PARTIAL"}},
    "a status in small letters": {"job": {"status": "completed"}},
    "a status that is null": {"job": {"status": None}},
    "a status that is a list": {"job": {"status": []}},
    "no pages": completed(markdown={}),
    "pages that are null": completed(markdown={"pages": None}),
    "pages that are a number": completed(markdown={"pages": 1}),
    "markdown that is null": completed(markdown=None),
    "markdown that is text": completed(markdown="# Text"),
    "a page that is text": completed("# Text"),
    "a page that is null": completed(None),
    "a page without a number": completed({"markdown": "x", "success": True}),
    "a page number that is text": completed(page("one")),
    "a page number that is null": completed(page(None)),
    "a page without text": completed({"page_number": 1, "success": True}),
    "a text that is null": completed(page(1, None)),
    "a text that is a list": completed(page(1, ["x"])),
    "no object": [],
    "no JSON": b"<html>",
    "nothing": b"",
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_answer_is_a_breach(what: str) -> None:
    """Nothing is made up: the answer is asked for again. Its status keeps the parse from being forgotten."""
    with pytest.raises(TransientError, match="PARSE_BAD_RESPONSE") as caught:
        await fetch(BROKEN[what])

    assert 200 == caught.value.provider_status


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "usage", "credits", "pages", "page_number", "markdown"]), inner)
    ),
    max_leaves=8,
)


@given(JSON, JSON)
async def test_no_answer_is_a_foreign_error(about: Any, markdown: Any) -> None:
    """Whatever stands in an answer, it is a result or an error of our own."""
    job = {"status": "COMPLETED", **about} if isinstance(about, dict) else about
    try:
        assert isinstance(await fetch({"job": job, "markdown": markdown}), ParseResult)
    except AccessaError as error:
        assert "PARSE_BAD_RESPONSE" == error.code  # noqa: PT017 - both ways are right


@pytest.mark.parametrize("state", ["PENDING", "RUNNING"])
async def test_a_parse_under_way_has_no_pages_yet(state: str) -> None:
    """Its content is not asked for, as the provider would answer 404 and the parse would pass for forgotten."""
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.extend(request.url.params.get_list("expand"))
        return httpx.Response(404 if asked else 200, json={"job": {"status": state}})

    async with client_of(handler) as client:
        found = await client.fetch("pjb-1")

    assert (ParseResult(ParseState(state)), []) == (found, asked)


@pytest.mark.parametrize(
    ("usage", "expected"), [({"credits": 4.5}, 4.5), ({"credits": None}, None), (None, None), ([], None), ("6", None)]
)
async def test_credits_are_read_where_they_are_told(usage: Any, expected: float | None) -> None:
    """The bill may come later than the result."""
    found = await fetch(completed(page(), job={"status": "COMPLETED", "usage": usage}))

    assert expected == found.credits


@pytest.mark.parametrize("call", ["upload", "submit"])
@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": ""}, {"id": 7}, {"job": {"id": "x"}}, [], "x"])
async def test_an_answer_without_an_id_is_a_breach(tmp_path: Path, call: str, answer: Any) -> None:
    """Without an id nothing can be fetched, so the order is made again."""
    (tmp_path / "file").write_bytes(b"x")

    async with client_of(lambda _: httpx.Response(200, json=answer)) as client:
        calls = {
            "upload": lambda: client.upload_file(tmp_path / "file", external_id="d", extension="pdf", mime="m"),
            "submit": lambda: client.submit("dfl-1", OPTIONS, HOOK),
        }
        with pytest.raises(TransientError, match="PARSE_BAD_RESPONSE"):
            await calls[call]()


MEANINGS: dict[str, tuple[type[AccessaError], str]] = {
    "UNSUPPORTED_FILE_TYPE": (PermanentError, "UNSUPPORTED_TYPE"),
    "PDF_IS_PROTECTED": (PermanentError, "FILE_PROTECTED"),
    "PDF_IS_BROKEN": (PermanentError, "FILE_BROKEN"),
    "NO_DATA_FOUND_IN_FILE": (PermanentError, "NEEDS_OCR"),
    "DOCUMENT_TOO_LARGE": (PermanentError, "FILE_TOO_LARGE"),
    "TOO_MANY_PAGES": (PermanentError, "TOO_MANY_PAGES"),
    "TIMEOUT": (TransientError, "PARSE_TIMEOUT"),
    "EXPIRED": (TransientError, "PARSE_TIMEOUT"),
    "ERROR_DURING_PROCESSING": (TransientError, "PARSE_FAILED"),
}


@pytest.mark.parametrize("form", ["{}", "{}: a sentence.", "Error: {}", "Job failed ({}) on page 3", "HTTP_ERROR {}"])
@pytest.mark.parametrize("reason", MEANINGS)
def test_every_named_reason_has_its_meaning(reason: str, form: str) -> None:
    """A reason is found wherever it stands in the provider's message, and the message is kept."""
    failure = failure_of(form.format(reason))

    assert (*MEANINGS[reason], form.format(reason)) == (type(failure), failure.code, failure.provider_body)


def test_a_limit_of_the_provider_is_told_as_its_own() -> None:
    """A document that is too large for the provider names none of our settings: raising one would not help."""
    sentence = "The document needs more room than the parse provider allows; split it and upload the parts."

    assert sentence == failure_of("DOCUMENT_TOO_LARGE: more memory than allowed").message


@pytest.mark.parametrize("message", ["", "CANCELLED", "Something odd", "MY_PDF_IS_BROKEN_TOO", "timeout", "TIMEOUTS"])
def test_an_unknown_reason_is_a_failure_for_good(message: str) -> None:
    """What nobody has named is not bought again and again."""
    failure = failure_of(message)

    assert (PermanentError, "PARSE_FAILED") == (type(failure), failure.code)


@pytest.mark.parametrize("message", [None, "", 7, ["PDF_IS_BROKEN"]])
async def test_a_failure_without_a_readable_reason_is_one_all_the_same(message: Any) -> None:
    """A failed parse is never taken for one that is under way."""
    found = await fetch({"job": {"status": "FAILED", "error_message": message}})

    assert isinstance(found.failure, PermanentError)
    assert (ParseState.FAILED, ()) == (found.state, found.pages)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (402, RecoverableError, "PARSE_NO_CREDIT"),
        (404, TransientError, "PARSE_FAILED"),
        (422, PermanentError, "PARSE_FAILED"),
        (401, RecoverableError, "PARSE_REJECTED_KEY"),
        (429, RecoverableError, "PARSE_RATE_LIMITED"),
        (502, RecoverableError, "PARSE_UNAVAILABLE"),
    ],
)
async def test_a_refusal_without_a_readable_body(status: int, kind: type[AccessaError], code: str) -> None:
    """What a status means does not hang on the words beside it."""
    with pytest.raises(AccessaError) as caught:
        await fetch(b"\xff<html>", status)

    assert (kind, code, status) == (type(caught.value), caught.value.code, caught.value.provider_status)


async def test_a_refusal_that_quotes_our_request_tells_no_secret() -> None:
    """The provider repeats the input it refuses; what is stored names the fault and leaves the input out."""

    def handler(request: httpx.Request) -> httpx.Response:
        quoted = json.loads(request.content)
        problem = {"type": "missing", "loc": ["body", "model"], "msg": "Field required", "input": quoted}
        return httpx.Response(422, json={"detail": [problem]})

    async with client_of(handler) as client:
        with pytest.raises(PermanentError) as caught:
            await client.submit("dfl-1", OPTIONS, HOOK)

    assert '[["missing",["body","model"],"Field required"]]' == caught.value.provider_body
    assert not [word for word in (HOOK.signing_secret, HOOK.url, "dfl-1") if word in str(caught.value.as_row())]


async def test_what_a_submission_asks_for() -> None:
    """Tier, version, page limit, and a signed JSON webhook for every end of the parse."""
    seen: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append({"path": request.url.path, "key": request.headers["authorization"], **json.loads(request.content)})
        return httpx.Response(200, json={"id": "pjb-1"})

    async with client_of(handler) as client:
        assert "pjb-1" == await client.submit("dfl-1", OPTIONS, HOOK)

    hook = seen[0].pop("webhook_configurations")[0]
    assert {
        "path": "/api/v2/parse",
        "key": "Bearer llx-test",
        "file_id": "dfl-1",
        "tier": "agentic",
        "version": "2026-10-16",
        "page_ranges": {"max_pages": 40},
        "processing_control": {"job_failure_conditions": {"allowed_page_failure_ratio": 0.05}},
    } == seen[0]
    assert {"Authorization": f"Bearer {HOOK.bearer}"} == hook["webhook_headers"]
    assert (HOOK.url, HOOK.signing_secret, "json") == (
        hook["webhook_url"],
        hook["webhook_signing_secret"],
        hook["webhook_output_format"],
    )
    assert {"parse.success", "parse.partial_success", "parse.error", "parse.cancelled"} == set(hook["webhook_events"])


def test_options_are_the_same_pairs_for_the_same_purchase() -> None:
    """Everything that changes the result, and nothing else, names the purchase."""
    assert {
        ("tier", "agentic"),
        ("version", "2026-10-16"),
        ("max_pages", 40),
        ("max_failed_page_ratio", 0.05),
    } == set(OPTIONS.as_items())


async def test_a_copy_that_is_gone_already_is_no_error() -> None:
    """What the provider does not know was not deleted, and is not there; any other refusal is an error."""
    async with client_of(lambda _: httpx.Response(404, json={"detail": "File not found"})) as client:
        assert (None, False, False) == (
            await client.state_of("pjb-1"),
            await client.delete_parse("pjb-1"),
            await client.delete_file("dfl-1"),
        )
    async with client_of(lambda _: httpx.Response(503)) as client:
        for use in (client.state_of, client.delete_parse, client.delete_file, client.files_of):
            with pytest.raises(RecoverableError, match="PARSE_UNAVAILABLE"):
                await use("id")


@pytest.mark.parametrize("answer", [{}, {"items": {"id": "dfl-1"}}, {"items": ["dfl-1"]}, {"items": [{"name": "a"}]}])
async def test_a_list_of_files_must_hold_ids(answer: object) -> None:
    """Only a list of files with ids is taken for one."""
    async with client_of(lambda _: httpx.Response(200, json=answer)) as client:
        with pytest.raises(TransientError, match="PARSE_BAD_RESPONSE"):
            await client.files_of("document")
