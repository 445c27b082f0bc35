"""One id for the whole life of an upload: the caller's own where it is a UUID."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from backend.tests.house import House
from structlog.testing import capture_logs

from accessa.cli.api_client import ApiClient
from accessa.telemetry.log_context import merge_bound


async def sent(house: House, name: str) -> tuple[str, str]:
    """Upload a file under an id; return the one in the answer's header, and the job's."""
    file = {"file": ("a.md", f"# {uuid4()}\n".encode())}
    response = await house.api.post("/documents", files=file, headers={"X-Correlation-Id": name})
    job = await house.job(response.json()["job_id"])
    return response.headers["X-Correlation-Id"], job["correlation_id"]


async def test_an_upload_keeps_the_callers_id(house: House) -> None:
    """The job, hence every later line and call of it, goes by the id that the caller chose."""
    name = str(uuid4())

    assert (name, name) == await sent(house, name)


@pytest.mark.parametrize("name", ["", "my-request", "1234"])
async def test_an_id_that_is_no_uuid_is_replaced(house: House, name: str) -> None:
    """Words of a caller never become an id; answer and job agree on a new one."""
    told, kept = await sent(house, name)

    assert name != told == kept
    assert str(UUID(told)) == told


async def test_an_error_names_the_callers_id(house: House) -> None:
    """What the caller quotes to the operator is what it knows itself."""
    name = str(uuid4())
    response = await house.api.get(f"/jobs/{uuid4()}", headers={"X-Correlation-Id": name})

    assert name == response.json()["error"]["correlation_id"]


async def test_an_announced_upload_keeps_the_callers_id(house: House) -> None:
    """It is that of the announcement, also when the file comes later and by another request."""
    name = str(uuid4())
    told = {"filename": "a.md", "bytes_len": 5, "sha256": "ab" * 32}
    response = await house.api.post("/documents/uploads", json=told, headers={"X-Correlation-Id": name})

    assert name == response.json()["correlation_id"]


async def test_a_call_to_the_storage_names_the_document_it_is_for(house: House) -> None:
    """The API tells of the document as soon as the file is read, before there is a job or a row."""
    with capture_logs(processors=[merge_bound]) as lines:
        response = await house.api.post("/documents", files={"file": ("a.md", f"# {uuid4()}\n".encode())})

    [stored] = [line for line in lines if line.get("operation") == "object.upload"]
    answer = response.json()
    assert ("Storage was called", answer["document_id"]) == (stored["event"], stored["document_id"])
    assert answer["correlation_id"] == stored["correlation_id"]


async def test_the_command_line_names_each_upload(house: House) -> None:
    """Each upload of `accessa ingest` has an id of its own from the first request on."""
    user = house.api.headers["X-User-Id"]
    async with ApiClient(str(house.api.base_url), user, patience_seconds=5) as api:
        answers = [await api.upload_bytes("a.md", f"# {uuid4()}\n".encode()) for _ in range(2)]

    assert 2 == len({answer["correlation_id"] for answer in answers})
