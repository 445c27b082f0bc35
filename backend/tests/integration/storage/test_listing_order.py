"""Lists of buckets and of keys in the order that is asked for, and what a bucket may be told to take."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import uuid4

import httpx
import pytest


class Server(Protocol):
    """What these tests use of the running server."""

    anon_key: str


def pages(caller: httpx.Client, bucket: str, **body: Any) -> list[list[str]]:
    """Return the keys and folders of every page, following the cursor."""
    found: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = caller.post(f"object/list-v2/{bucket}", json={**body, **cursor}).json()
        found.append([entry["key"] for part in ("folders", "objects") for entry in page[part]])
        if not page["hasNext"]:
            return found
        cursor = {"cursor": page["nextCursor"]}


def test_pages_follow_the_order(caller: httpx.Client, bucket: str) -> None:
    """Pages go by name or by time, up or down, and no key is shown twice or left out."""
    for key in ("b", "c/1", "a", "c/2", "d"):
        caller.post(f"object/{bucket}/{key}", content=b"x").raise_for_status()
    by_time = {"column": "created_at", "order": "desc"}

    assert [["d", "c/2"], ["c/1", "b"], ["a"]] == pages(
        caller, bucket, limit=2, sortBy={"column": "name", "order": "desc"}
    )
    assert [["d", "c/2"], ["a", "c/1"], ["b"]] == pages(caller, bucket, limit=2, sortBy=by_time)
    assert [["d", "a"], ["c/", "b"]] == pages(caller, bucket, limit=2, sortBy=by_time, with_delimiter=True)
    assert [["b", "c/1"], ["a", "c/2"], ["d"]] == pages(caller, bucket, limit=2, sortBy={"column": "updated_at"})


def test_buckets_are_listed_in_parts(caller: httpx.Client) -> None:
    """The list of buckets takes a search, an order, a limit and an offset."""
    mark = f"list-{uuid4()}"
    for name in ("b", "a", "c"):
        caller.post("bucket", json={"name": f"{mark}-{name}"}).raise_for_status()

    def names(**query: str) -> list[str]:
        return [bucket["name"][-1] for bucket in caller.get("bucket", params={"search": mark, **query}).json()]

    assert ["a", "b", "c"] == names()
    assert ["c", "a"] == names(sortColumn="created_at", sortOrder="desc", limit="2")
    assert ["c"] == names(offset="2")
    assert "InvalidRequest" == caller.get("bucket", params={"sortColumn": "owner"}).json()["code"]


def test_bucket_cannot_take_more_than_the_service(caller: httpx.Client, bucket: str) -> None:
    """A limit above that of the service is refused, at creation and later."""
    limit = {"file_size_limit": 30_000_001}
    answers = [caller.put(f"bucket/{bucket}", json=limit), caller.post("bucket", json={"name": "large", **limit})]

    assert [("413", "EntityTooLarge")] * 2 == [
        (answer.json()["statusCode"], answer.json()["code"]) for answer in answers
    ]


@pytest.mark.parametrize("pattern", ["garbage*", "*/*", "*/png", "image/p*", "image/png/extra", ""])
def test_allowed_types_are_types(caller: httpx.Client, bucket: str, pattern: str) -> None:
    """What is neither a type nor all types of a kind is refused."""
    answer = caller.put(f"bucket/{bucket}", json={"allowed_mime_types": [pattern]})

    assert "InvalidMimeType" == answer.json()["code"]


def test_allowed_types_are_kept_plain(caller: httpx.Client, bucket: str) -> None:
    """Parameters, capitals and repetitions are left out of the allowed types."""
    allowed = [' Text/Plain; charset="UTF-8" ', "text/plain", "IMAGE/*"]
    caller.put(f"bucket/{bucket}", json={"allowed_mime_types": allowed}).raise_for_status()

    assert ["text/plain", "image/*"] == caller.get(f"bucket/{bucket}").json()["allowed_mime_types"]


def test_hidden_objects_are_told_path_by_path(caller: httpx.Client, server: Server, bucket: str) -> None:
    """A caller who may not see objects gets an error for each path when it asks for many signed URLs."""
    caller.post(f"object/{bucket}/a", content=b"x").raise_for_status()
    anon = {"authorization": f"Bearer {server.anon_key}"}
    answer = caller.post(f"object/sign/{bucket}", json={"paths": ["a"], "expiresIn": 60}, headers=anon).json()

    assert [("a", None, True)] == [(row["path"], row["signedURL"], "access" in row["error"]) for row in answer]
