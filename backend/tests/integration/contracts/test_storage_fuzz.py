"""Malformed requests to the local storage server: whatever comes, it answers with a refusal and never with a fault."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from accessa.apps.storage.application import create_app

SECRET = "a-secret-of-the-tests-of-at-least-32-bytes"
KEY = jwt.encode({"role": "service_role"}, SECRET, algorithm="HS256")
SERVER_FAULT = 500
PIECE = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nx\r\n--x--\r\n'

WORDS = ["", "a", "ü", "\x00", "a/b", "..", "/", "%", "-1", "0", "1e400", "9" * 20, "a" * 2000, "\ud800", "desc", "raw"]
NUMBERS = [-1, 0, 1, 1000, 2**53, 2**64, 10**40, 0.5, float("nan"), float("inf")]
LINES = ["", "1", "-1", "bytes=0-", "bytes=-0", "bytes=9-1", 'W/"x"', "*", "true", "text/plain", "e30=", "YQ==", "***"]
CURSORS = [b'["", "a"]', b'[1e999, "a"]', b'[0, "\\ud800"]', b"[[], {}]", b"\xff"]

# Method and path, and the names in the body; a path that ends in a slash is followed by a key.
BODIES = [
    ("POST", "bucket", ["name", "id", "public", "file_size_limit", "allowed_mime_types"]),
    ("PUT", "bucket/raw", ["public", "file_size_limit", "allowed_mime_types"]),
    ("POST", "object/list/raw", ["prefix", "limit", "offset", "search", "sortBy"]),
    ("POST", "object/list-v2/raw", ["prefix", "limit", "cursor", "with_delimiter", "sortBy"]),
    ("DELETE", "object/raw", ["prefixes"]),
    ("POST", "object/sign/raw", ["paths", "expiresIn"]),
    ("POST", "object/sign/raw/", ["expiresIn"]),
    ("POST", "object/move", ["sourceKey", "destinationKey", "destinationBucket"]),
    ("POST", "object/copy", ["sourceKey", "destinationKey", "destinationBucket"]),
]
# Method and path, and the names of the headers.
BYTES = [
    ("GET", "object/raw/", ["range", "if-none-match", "if-range"]),
    ("PUT", "object/raw/", ["content-type", "cache-control", "x-metadata"]),
    ("POST", "object/raw/", ["content-type", "x-upsert", "x-metadata"]),
    ("POST", "object/upload/sign/raw/", ["x-upsert"]),
    ("PUT", "object/upload/sign/raw/", ["content-type"]),
    ("GET", "bucket/", []),
    ("POST", "upload/resumable", ["upload-length", "x-upsert"]),
    ("PATCH", "upload/resumable/", ["upload-offset"]),
    ("DELETE", "upload/resumable/", []),
]

words = st.sampled_from(WORDS) | st.text(max_size=6)
values = words | st.sampled_from(NUMBERS) | st.none() | st.booleans() | st.lists(words, max_size=3)
cursors = st.sampled_from(CURSORS) | st.binary(max_size=6)


@dataclass(frozen=True)
class Call:
    """One request."""

    method: str
    path: str
    content: bytes
    headers: dict[str, str]


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """Return a request that is wrong in any of its parts, or right."""
    with_body = draw(st.booleans())
    method, path, names = draw(st.sampled_from(BODIES if with_body else BYTES))
    if path.endswith("/"):
        path += quote(draw(words), errors="surrogatepass")
    chosen = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    if with_body:
        return Call(method, path, draw(st.just(_json(draw, chosen)) | st.binary(max_size=8)), {})
    headers = {name: draw(st.sampled_from(LINES)) for name in chosen}
    content = draw(st.binary(max_size=8) | st.just(PART))
    if path.startswith("upload"):
        told = draw(st.sampled_from(LINES))
        headers |= {**PIECE, "upload-metadata": f"bucketName cmF3,objectName {told},contentType {told}"}
    elif content == PART:
        headers["content-type"] = "multipart/form-data; boundary=x"
    return Call(method, path, content, headers)


def _json(draw: st.DrawFn, names: list[str]) -> bytes:
    body: dict[str, Any] = {name: draw(values) for name in names}
    if "sortBy" in body:
        body["sortBy"] = {"column": draw(st.just("created_at") | words), "order": draw(st.just("desc") | words)}
    if "cursor" in body:
        body["cursor"] = base64.urlsafe_b64encode(draw(cursors)).decode()
    if "sourceKey" in body:
        body |= {"bucketId": "raw", "sourceKey": "a"}
    return json.dumps(body).encode()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A storage with a bucket that holds one object."""
    return create_app(root=tmp_path_factory.mktemp("storage"), jwt_secret=SECRET, max_object_bytes=100_000)


@given(st.lists(calls(), min_size=25, max_size=25))
@settings(max_examples=16, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
def test_no_request_is_a_fault(app: Any, sent: list[Call]) -> None:
    """Random paths, headers and bodies are served or refused, and a whole request still works after them."""

    async def send() -> tuple[list[Call], bytes]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://storage.test/",
            headers={"authorization": f"Bearer {KEY}"},
        ) as client:
            await client.post("bucket", json={"name": "raw"})
            faults = []
            for call in sent:
                answer = await client.request(call.method, call.path, content=call.content, headers=call.headers)
                if answer.status_code >= SERVER_FAULT:
                    faults.append(call)
            await client.put("bucket/raw", json={"file_size_limit": None, "allowed_mime_types": None})
            await client.put("object/raw/a", content=b"whole")
            return faults, (await client.get("object/raw/a")).content

    assert ([], b"whole") == asyncio.run(send())
