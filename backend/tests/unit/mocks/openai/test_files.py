"""Files of the OpenAI simulator: what is stored, what is refused, and in which shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
Starter = Callable[..., Awaitable[httpx.AsyncClient]]
THIRTY_DAYS = 30 * 24 * 3600


async def upload(client: httpx.AsyncClient, content: bytes = b"{}", name: str = "a.jsonl", **form: str) -> Any:
    """Store a file for a batch, unless the form says otherwise."""
    return await client.post("/v1/files", data={"purpose": "batch", **form}, files={"file": (name, content)})


async def test_a_file_is_shown_as_stored(client: httpx.AsyncClient) -> None:
    """The entry has the keys of the service and, for a batch, thirty days to live; the bytes are read as they came."""
    stored = (await upload(client, b"\x00\xff\n")).json()

    assert stored == (await client.get(f"/v1/files/{stored['id']}")).json()
    assert b"\x00\xff\n" == (await client.get(f"/v1/files/{stored['id']}/content")).content
    assert THIRTY_DAYS == stored.pop("expires_at") - stored.pop("created_at")
    assert stored.pop("id").startswith("file-")
    assert stored == {
        "object": "file",
        "bytes": 3,
        "filename": "a.jsonl",
        "purpose": "batch",
        "status": "processed",
        "status_details": None,
    }


async def test_the_lifetime_can_be_chosen(client: httpx.AsyncClient) -> None:
    """Seconds after the creation are taken as asked; files of another purpose live for ever unless asked."""
    wanted: dict[str, Any] = {"expires_after[anchor]": "created_at", "expires_after[seconds]": "3600"}

    short, endless = (await upload(client, **wanted)).json(), (await upload(client, purpose="user_data")).json()

    assert (3600, None) == (short["expires_at"] - short["created_at"], endless["expires_at"])


async def test_files_are_listed_in_pages(client: httpx.AsyncClient) -> None:
    """Newest first or oldest first, of one purpose if wanted, and each page says whether there is more."""
    ids = [(await upload(client)).json()["id"] for _ in range(3)]
    await upload(client, purpose="evals")

    async def listed(**query: Any) -> tuple[list[str], bool]:
        page = (await client.get("/v1/files", params={"purpose": "batch", **query})).json()
        return [entry["id"] for entry in page["data"]], page["has_more"]

    assert (ids[::-1], False) == await listed()
    assert (ids[:2], True) == await listed(order="asc", limit=2)
    assert (ids[2:], False) == await listed(order="asc", limit=2, after=ids[1])
    assert (ids[:1], False) == await listed(after=ids[1])
    assert 4 == len((await client.get("/v1/files")).json()["data"])


async def test_a_deleted_file_is_gone(client: httpx.AsyncClient) -> None:
    """Its entry and its bytes answer 404 from then on, and so does another delete."""
    file_id = (await upload(client)).json()["id"]

    first = await client.delete(f"/v1/files/{file_id}")

    assert {"id": file_id, "object": "file", "deleted": True} == first.json()
    answers = [
        await client.delete(f"/v1/files/{file_id}"),
        await client.get(f"/v1/files/{file_id}"),
        await client.get(f"/v1/files/{file_id}/content"),
    ]
    assert [404] * 3 == [answer.status_code for answer in answers]
    assert {f"No such File object: {file_id}"} == {answer.json()["error"]["message"] for answer in answers}


@pytest.mark.parametrize(
    ("content", "name", "form", "param"),
    [
        (b"", "a.jsonl", {}, "file"),
        (b"x", "a.csv", {}, None),
        (b"x", "a.jsonl", {"purpose": "fun"}, "purpose"),
        (b"x", "a.jsonl", {"expires_after[seconds]": "3600"}, "expires_after[anchor]"),
        (
            b"x",
            "a.jsonl",
            {"expires_after[anchor]": "created_at", "expires_after[seconds]": "12"},
            "expires_after[seconds]",
        ),
    ],
)
async def test_uploads_that_are_refused(
    client: httpx.AsyncClient, content: bytes, name: str, form: dict[str, str], param: str | None
) -> None:
    """A wrong upload is a 400 that names the part that is wrong, and nothing is stored."""
    answer = await upload(client, content, name, **form)

    assert (400, param) == (answer.status_code, answer.json()["error"]["param"])
    assert [] == (await client.get("/v1/files")).json()["data"]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(b"{}", "application/json"), (b"junk", "multipart/form-data"), (b"--x\r\n", "multipart/form-data; boundary=x")],
)
async def test_bodies_that_are_no_form(client: httpx.AsyncClient, content: bytes, content_type: str) -> None:
    """What is no multipart form is a 400 in the shape of the service."""
    answer = await client.post("/v1/files", content=content, headers={"content-type": content_type})

    assert (400, "invalid_request_error") == (answer.status_code, answer.json()["error"]["type"])


@pytest.mark.asyncio(loop_scope="function")
async def test_a_file_may_be_larger_than_a_request(openai: Starter) -> None:
    """Uploads have a limit of their own."""
    client = await openai(max_body_bytes=100, max_file_bytes=1000)

    statuses = [(await upload(client, b"x" * size)).status_code for size in (1000, 3_000_000)]

    assert [200, 413] == statuses


async def test_a_reset_forgets_files(client: httpx.AsyncClient) -> None:
    """After a reset nothing is listed."""
    await upload(client)

    await client.post("/_control/reset")

    assert [] == (await client.get("/v1/files")).json()["data"]
