"""The official SDK of LlamaParse, unchanged, against the simulator: what it can do, and what it raises."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_type_hints

import httpx
import llama_cloud
import pytest
from backend.tests.integration.contracts.llamaparse_server import KEY, Hook, ServedLlamaParse
from llama_cloud import AsyncLlamaCloud, LlamaCloud
from llama_cloud._polling import PollingError
from llama_cloud.types import parsing_create_params

from mock_providers.llamaparse import configuration
from mock_providers.llamaparse.webhook_config_routes import EVENTS

pytest_plugins = ["backend.tests.integration.contracts.llamaparse_fixtures"]

TIER: dict[str, Any] = {"tier": "agentic", "version": "latest"}
QUICK: dict[str, Any] = {"polling_interval": 0.01, "backoff": "constant"}
FILE = ("terms.pdf", b"%PDF-1.7 text", "application/pdf")


@pytest.fixture(scope="module")
def sdk_client(llamaparse_server: ServedLlamaParse) -> Iterator[LlamaCloud]:
    """Make the SDK's client with retries switched off."""
    with LlamaCloud(api_key=KEY, base_url=llamaparse_server.url, max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture
def sdk(simulator: ServedLlamaParse, sdk_client: LlamaCloud) -> LlamaCloud:
    """Give the SDK's client of a simulator that is as it was at its start."""
    del simulator
    return sdk_client


@pytest.fixture
async def async_sdk(simulator: ServedLlamaParse) -> AsyncIterator[AsyncLlamaCloud]:
    """Give the SDK's asynchronous client with retries switched off."""
    async with AsyncLlamaCloud(api_key=KEY, base_url=simulator.url, max_retries=0, timeout=10) as client:
        yield client


def test_an_upload_is_parsed(sdk: LlamaCloud) -> None:
    """Upload, submit by id, wait and get: every content the SDK has a type for."""
    file = sdk.files.create(file=FILE, purpose="parse", external_file_id="doc-1")
    job = sdk.parsing.create(file_id=file.id, user_metadata={"a": "b"}, **TIER)
    sdk.parsing.wait_for_completion(job.id, **QUICK)

    result = sdk.parsing.get(
        job.id,
        expand=[
            "markdown",
            "markdown_full",
            "text",
            "text_full",
            "items",
            "metadata",
            "forms",
            "usage",
            "job_metadata",
        ],
    )

    assert ("terms.pdf", "pdf", "doc-1", "parse") == (file.name, file.file_type, file.external_file_id, file.purpose)
    assert ("PENDING", {"a": "b"}) == (job.status, job.user_metadata)
    assert ("COMPLETED", 20.0) == (result.job.status, result.job.usage and result.job.usage.credits)
    assert result.markdown
    assert result.text
    assert result.items
    assert result.forms
    assert result.metadata
    assert [1, 2] == [page.page_number for page in result.markdown.pages]
    assert [1, 2] == [page.page_number for page in result.text.pages]
    first_page: Any = result.items.pages[0]
    assert ["heading", "text", "heading", "text"] == [item.type for item in first_page.items]
    assert [1.0, 1.0] == [page.confidence for page in result.metadata.pages]
    assert (result.markdown_full or "").startswith("# Document doc-1")
    assert (result.text_full or "").startswith("Document doc-1")
    assert {"job_pages": 2, "job_is_cache_hit": False, "credits_used": 20.0} == result.job_metadata


def test_every_answer_fits_the_types(sdk: LlamaCloud) -> None:
    """With the SDK's own strict validation nothing is missing and nothing has a wrong type."""
    with LlamaCloud(
        api_key=KEY, base_url=sdk.base_url, max_retries=0, http_client=httpx.Client(), _strict_response_validation=True
    ) as strict:
        file = strict.files.create(file=FILE, purpose="parse")
        result = strict.parsing.parse(
            file_id=file.id,
            expand=[
                "markdown",
                "text",
                "items",
                "metadata",
                "forms",
                "usage",
                "images_content_metadata",
                "text_content_metadata",
            ],
            **TIER,
            **QUICK,
        )

        assert result.job.id == strict.parsing.list().items[0].id
        assert file.id == strict.files.list().items[0].id
        assert result.job.id == strict.parsing.delete(result.job.id).id


def test_parse_in_one_call(sdk: LlamaCloud) -> None:
    """The convenience call uploads the file beside its options, polls, and gives the content."""
    result = sdk.parsing.parse(
        upload_file=FILE,
        expand=["markdown"],
        page_ranges={"target_pages": "2"},
        output_options={"watermark_handling": "remove"},
        **TIER,
        **QUICK,
    )

    assert result.markdown
    assert [2] == [page.page_number for page in result.markdown.pages]


async def test_the_asynchronous_client(async_sdk: AsyncLlamaCloud) -> None:
    """The asynchronous client uploads, parses, lists, and deletes alike."""
    file = await async_sdk.files.create(file=FILE, purpose="parse")
    by_id, by_upload = await asyncio.gather(
        async_sdk.parsing.parse(file_id=file.id, expand=["markdown"], **TIER, **QUICK),
        async_sdk.parsing.parse(upload_file=("b.pdf", b"other"), expand=["text"], **TIER, **QUICK),
    )

    listed = [job.id async for job in await async_sdk.parsing.list(page_size=1)]
    deleted = await async_sdk.parsing.delete(by_id.job.id)
    with pytest.raises(llama_cloud.NotFoundError):
        await async_sdk.parsing.get(by_id.job.id)

    assert {by_id.job.id, by_upload.job.id} == set(listed)
    assert by_id.job.id == deleted.id
    assert by_upload.text
    assert 2 == len(by_upload.text.pages)


def test_a_job_is_cancelled_and_deleted(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """An open job cannot be deleted; once cancelled it can, and waiting for it raises."""
    simulator.play(delay=60)
    job = sdk.parsing.create(file_id=simulator.upload(), **TIER)

    with pytest.raises(llama_cloud.BadRequestError):
        sdk.parsing.delete(job.id)
    cancelled = sdk.parsing.cancel(job.id)
    with pytest.raises(PollingError, match="CANCELLED"):
        sdk.parsing.wait_for_completion(job.id, **QUICK)
    deleted = sdk.parsing.delete(job.id)

    assert ("CANCELLED", job.id, job.project_id) == (cancelled.status, deleted.id, deleted.project_id)
    assert 0 == simulator.bill()["units"]


def test_jobs_are_listed(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """The list pages by itself, and chooses by status, ids and time."""
    simulator.play(delay=60)
    jobs = [sdk.parsing.create(file_id=simulator.upload(), **TIER).id for _ in range(3)]
    sdk.parsing.cancel(jobs[1])
    soon = datetime.now(UTC) + timedelta(minutes=1)

    found = [
        [job.id for job in sdk.parsing.list(**choice)]
        for choice in (
            {"page_size": 2},
            {"status": "CANCELLED"},
            {"job_ids": jobs[:2]},
            {"job_ids": jobs[:1], "status": "CANCELLED"},
            {"created_at_on_or_after": soon},
            {"created_at_on_or_before": soon.replace(tzinfo=None)},
        )
    ]

    assert [jobs[::-1], [jobs[1]], jobs[1::-1], [], [], jobs[::-1]] == found


def test_versions(sdk: LlamaCloud) -> None:
    """`latest` of each tier is one of its versions."""
    versions = sdk.parsing.list_versions()

    assert versions.latest.agentic == versions.agentic[0]
    assert versions.latest.fast == versions.fast[0]


def test_a_stored_file_can_be_downloaded(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """The presigned address gives the bytes without a key, until it is changed."""
    file = sdk.files.create(file=FILE, purpose="parse")

    link = sdk.files.content(file.id, expires_at_seconds=60)
    expanded = sdk.files.retrieve(file.id, expand=["download_url"])

    keyless = {"Authorization": ""}
    assert FILE[1] == simulator.http.get(link.url, headers=keyless).content
    assert 403 == simulator.http.get(link.url.replace("signature=", "signature=0"), headers=keyless).status_code
    assert 50 < (link.expires_at - datetime.now(UTC)).total_seconds() <= 60
    assert expanded.download_url
    assert FILE[1] == simulator.http.get(expanded.download_url.url, headers=keyless).content
    assert link.url.startswith(simulator.url)


def test_files_are_listed_and_deleted(sdk: LlamaCloud) -> None:
    """Files are chosen by name and ids, ordered, paged, and gone once deleted."""
    files = [sdk.files.create(file=(name, b"x"), purpose="parse").id for name in ("b.pdf", "a.pdf", "c.pdf")]

    newest = [file.id for file in sdk.files.list(page_size=2)]
    by_name = [file.name for file in sdk.files.list(order_by="name", page_size=1)]
    chosen = [file.id for file in sdk.files.list(file_name="a.pdf", file_ids=files[1:])]
    with pytest.warns(DeprecationWarning, match="deprecated|Use the GET"):
        queried = sdk.files.query(filter={"file_name": "b.pdf"}, page_size=5)
    sdk.files.delete(files[0])

    assert files[::-1] == newest
    assert ["a.pdf", "b.pdf", "c.pdf"] == by_name
    assert ([files[1]], [files[0]]) == (chosen, [file.id for file in queried.items])
    with pytest.raises(llama_cloud.NotFoundError):
        sdk.files.content(files[0])


def test_saved_webhooks(sdk: LlamaCloud, simulator: ServedLlamaParse, hook: Hook) -> None:
    """A saved configuration is shown without its secret, changed, listed, used by a job, and deleted."""
    saved = sdk.webhook_configs.create(
        webhook_url="http://127.0.0.1:9/", webhook_events=["parse.success"], webhook_signing_secret="s"
    )
    changed = sdk.webhook_configs.update(saved.id, webhook_url=hook.url, webhook_output_format="json")
    with pytest.warns(DeprecationWarning, match="deprecated|Use the GET"):
        everything = sdk.webhook_configs.list()
    paged = sdk.webhook_configs.list_paginated(include_total=True)

    sdk.parsing.create(file_id=simulator.upload(), webhook_configuration_ids=[saved.id], **TIER)
    call = hook.next()
    sdk.webhook_configs.delete(saved.id)

    assert (True, True, ["parse.success"]) == (saved.has_secret, changed.has_secret, changed.webhook_events)
    assert "webhook_signing_secret" not in changed.to_dict()
    assert [[saved.id]] * 2 == [[config.id for config in configs] for configs in (everything, paged)]
    assert "parse.success" == call.event["event_type"]
    assert "lc-signature" in call.headers
    with pytest.raises(llama_cloud.NotFoundError):
        sdk.webhook_configs.retrieve(saved.id)
    with pytest.raises(llama_cloud.NotFoundError, match="Webhook configuration not found"):
        sdk.parsing.create(file_id=simulator.upload(), webhook_configuration_ids=[saved.id], **TIER)


ERRORS: dict[str, type[llama_cloud.APIStatusError]] = {
    "unauthorized": llama_cloud.AuthenticationError,
    "payment_required": llama_cloud.APIStatusError,
    "forbidden": llama_cloud.PermissionDeniedError,
    "rate_limit": llama_cloud.RateLimitError,
    "server_error": llama_cloud.InternalServerError,
    "bad_gateway": llama_cloud.InternalServerError,
    "unavailable": llama_cloud.InternalServerError,
    "gateway_timeout": llama_cloud.InternalServerError,
}
STATUSES = dict(zip(ERRORS, (401, 402, 403, 429, 500, 502, 503, 504), strict=True))

Act = Callable[[LlamaCloud, str], object]
ACTS: dict[str, Act] = {
    "": lambda sdk, file_id: sdk.parsing.create(file_id=file_id, **TIER),
    "upload_": lambda sdk, file_id: sdk.files.create(file=FILE, purpose="parse", external_file_id=file_id),
    "fetch_": lambda sdk, job_id: sdk.parsing.get(job_id),
}


@pytest.mark.parametrize("prefix", ACTS)
def test_every_refusal_has_its_exception(sdk: LlamaCloud, simulator: ServedLlamaParse, prefix: str) -> None:
    """Each status of each call becomes the SDK's own exception, and a 429 names no time to wait."""
    subject = simulator.upload()
    told = {}
    for kind in ERRORS:
        simulator.play({"kind": prefix + kind})
        with pytest.raises(llama_cloud.APIStatusError) as caught:
            ACTS[prefix](sdk, subject)
        assert "retry-after" not in caught.value.response.headers
        told[kind] = (type(caught.value), caught.value.status_code)

    assert {kind: (ERRORS[kind], STATUSES[kind]) for kind in ERRORS} == told


def test_wrong_requests_have_their_exceptions(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """Unknown jobs are not found, unknown options are unprocessable, an empty file is a bad request."""
    with pytest.raises(llama_cloud.NotFoundError, match="Parse job not found"):
        sdk.parsing.get("pjb-none")
    with pytest.raises(llama_cloud.UnprocessableEntityError, match="extra_forbidden"):
        sdk.parsing.create(file_id=simulator.upload(), extra_body={"fast_mode": True}, **TIER)
    with pytest.raises(llama_cloud.BadRequestError, match="Uploaded file is empty"):
        sdk.parsing.create(upload_file=("a.pdf", b""), **TIER)
    with pytest.raises(llama_cloud.AuthenticationError):
        sdk.with_options(api_key="llx-wrong").parsing.list()


def test_timeouts_and_lost_connections(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """A slow answer is a timeout, a closed connection a connection error."""
    file_id = simulator.upload()
    simulator.play({"kind": "slow_answer", "value": 0.3, "nth": 1}, {"kind": "lost_answer", "nth": 2})

    with pytest.raises(llama_cloud.APITimeoutError):
        sdk.parsing.create(file_id=file_id, timeout=0.05, **TIER)
    with pytest.raises(llama_cloud.APIConnectionError):
        sdk.parsing.create(file_id=file_id, **TIER)


def test_a_refusal_is_tried_again(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """With retries on, the SDK waits as long as it is told to, and comes through."""
    file_id = simulator.upload()
    simulator.play({"kind": "rate_limit", "value": 0.01, "nth": 1})

    job = sdk.with_options(max_retries=1).parsing.create(file_id=file_id, **TIER)

    assert job.id.startswith("pjb-")


def test_a_lost_answer_that_is_tried_again_is_a_second_job(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """The SDK's retry has no key of its own, so the work that it asks for again is a job again."""
    file_id = simulator.upload()
    simulator.play({"kind": "lost_answer", "nth": 1})

    sdk.with_options(max_retries=1).parsing.create(file_id=file_id, disable_cache=True, **TIER)
    jobs = [simulator.finished(job.id)["job"]["status"] for job in sdk.parsing.list()]

    assert ["COMPLETED"] * 2 == jobs
    assert (4, 2) == (simulator.bill()["units"], simulator.bill()["duplicate_units"])


def test_a_failed_job_raises(sdk: LlamaCloud, simulator: ServedLlamaParse) -> None:
    """Waiting for a job that fails raises with the reason."""
    simulator.play({"kind": "fail_job", "value": "PDF_IS_PROTECTED"})

    with pytest.raises(PollingError, match="PDF_IS_PROTECTED"):
        sdk.parsing.parse(file_id=simulator.upload(), expand=["markdown"], **TIER, **QUICK)


MODELS = {
    configuration.ParseConfiguration: parsing_create_params.ParsingCreateParams,
    configuration.OutputOptions: parsing_create_params.OutputOptions,
    configuration.ProcessingOptions: parsing_create_params.ProcessingOptions,
    configuration.ProcessingControl: parsing_create_params.ProcessingControl,
    configuration.FailureConditions: parsing_create_params.ProcessingControlJobFailureConditions,
    configuration.Timeouts: parsing_create_params.ProcessingControlTimeouts,
    configuration.PageRanges: parsing_create_params.PageRanges,
    configuration.Webhook: parsing_create_params.WebhookConfiguration,
}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_option_of_the_sdk_is_known(model: type[configuration.Strict]) -> None:
    """The strict check of options knows exactly those that the SDK can send."""
    beside = {"organization_id", "project_id"}

    assert get_type_hints(MODELS[model]).keys() - beside == model.model_fields.keys()


def test_every_event_of_the_sdk_can_be_subscribed_to(sdk: LlamaCloud) -> None:
    """A saved webhook takes every event that the SDK names, and no other."""
    everything = sorted(EVENTS)

    saved = sdk.webhook_configs.create(webhook_url="https://example.org/hook", webhook_events=everything)  # type: ignore[arg-type]

    assert everything == saved.webhook_events
    with pytest.raises(llama_cloud.UnprocessableEntityError):
        sdk.webhook_configs.update(saved.id, webhook_events=["parse.perhaps"])  # type: ignore[list-item]
