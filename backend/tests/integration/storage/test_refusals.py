"""The storage server over HTTP: what it refuses, with status, error and code of the real service."""

from __future__ import annotations

import errno
import http.client
import socket
import time
from collections.abc import Callable
from threading import Event
from typing import Any, Protocol

import httpx
import pytest
from starlette.applications import Starlette

from accessa.apps.storage.blobs import SmallBlob, StagedBlob


class Server(Protocol):
    """What these tests use of the running server."""

    app: Starlette
    anon_key: str
    foreign_key: str

    def files(self) -> list[str]:
        """Return the names of all files with bytes, finished or not."""


def refusal(answer: httpx.Response) -> tuple[int, str, str, str]:
    """Return HTTP status, statusCode, error and code of an answer with exactly the four fields."""
    body = answer.json()
    assert {"statusCode", "error", "message", "code"} == body.keys()
    return answer.status_code, body["statusCode"], body["error"], body["code"]


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when `condition` holds; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        Event().wait(0.005)


NOT_FOUND = (400, "404", "not_found", "NoSuchKey")
NO_BUCKET = (400, "404", "Bucket not found", "NoSuchBucket")
DENIED = (400, "403", "Unauthorized", "AccessDenied")
DUPLICATE = (400, "409", "Duplicate", "KeyAlreadyExists")
MALFORMED = (400, "400", "Error", "InvalidRequest")
TOO_LARGE = (400, "413", "Payload too large", "EntityTooLarge")
FULL = (500, "500", "disk_full", "InsufficientStorage")


def test_missing_things(caller: httpx.Client, bucket: str) -> None:
    """A missing object or bucket is 404 in the body of a 400, on every route."""
    answers = {
        "download": (NOT_FOUND, caller.get(f"object/{bucket}/no")),
        "info": (NOT_FOUND, caller.get(f"object/info/{bucket}/no")),
        "sign": (NOT_FOUND, caller.post(f"object/sign/{bucket}/no", json={"expiresIn": 60})),
        "move": (
            NOT_FOUND,
            caller.post("object/move", json={"bucketId": bucket, "sourceKey": "no", "destinationKey": "b"}),
        ),
        "upload": (NO_BUCKET, caller.post("object/nobucket/a", content=b"x")),
        "bucket": (NO_BUCKET, caller.get("bucket/nobucket")),
        "empty": (NO_BUCKET, caller.post("bucket/nobucket/empty", json={})),
        "delete": (NO_BUCKET, caller.request("DELETE", "bucket/nobucket")),
    }

    assert {name: expected for name, (expected, _) in answers.items()} == {
        name: refusal(answer) for name, (_, answer) in answers.items()
    }


def test_taken_names(caller: httpx.Client, bucket: str) -> None:
    """A taken name is 409 Duplicate with a code of its own for objects, buckets and moves."""
    for key in "ab":
        caller.post(f"object/{bucket}/{key}", content=b"x").raise_for_status()
    transfer = {"bucketId": bucket, "sourceKey": "a", "destinationKey": "b"}
    duplicate = (400, "409", "Duplicate")

    assert DUPLICATE == refusal(caller.post(f"object/{bucket}/a", content=b"y"))
    assert DUPLICATE == refusal(caller.post(f"object/upload/sign/{bucket}/a"))
    assert DUPLICATE == refusal(caller.post("object/copy", json=transfer))
    assert (*duplicate, "ResourceAlreadyExists") == refusal(caller.post("object/move", json=transfer))
    assert (*duplicate, "BucketAlreadyExists") == refusal(caller.post("bucket", json={"name": bucket}))


def test_callers_without_a_valid_key(stranger: httpx.Client, server: Server, bucket: str) -> None:
    """No key is 400, apikey alone does not count, and a forged or opaque key is 403."""
    url = f"object/{bucket}/a"

    assert MALFORMED == refusal(stranger.get(url))
    assert MALFORMED == refusal(stranger.get(url, headers={"apikey": server.anon_key}))
    assert DENIED == refusal(stranger.get(url, headers={"authorization": f"Bearer {server.foreign_key}"}))
    assert DENIED == refusal(stranger.put(url, content=b"x", headers={"authorization": "Bearer sb_secret_1"}))


def test_other_roles_see_nothing_and_write_nothing(caller: httpx.Client, server: Server, bucket: str) -> None:
    """What row-level rules hide does not exist for the caller; writing is 403; lists are empty."""
    caller.post(f"object/{bucket}/a", content=b"x").raise_for_status()
    headers = {"authorization": f"Bearer {server.anon_key}"}
    with httpx.Client(base_url=caller.base_url, headers=headers, timeout=10) as anon:
        assert NOT_FOUND == refusal(anon.get(f"object/{bucket}/a"))
        assert NOT_FOUND == refusal(anon.get(f"object/info/{bucket}/a"))
        assert NOT_FOUND == refusal(anon.post(f"object/sign/{bucket}/a", json={"expiresIn": 60}))
        assert NO_BUCKET == refusal(anon.get(f"bucket/{bucket}"))
        assert DENIED == refusal(anon.post(f"object/{bucket}/b", content=b"x"))
        assert DENIED == refusal(anon.put(f"object/{bucket}/a", content=b"x"))
        assert DENIED == refusal(anon.post("bucket", json={"name": "mine"}))
        assert [[], [], []] == [
            anon.get("bucket").json(),
            anon.post(f"object/list/{bucket}", json={"prefix": ""}).json(),
            anon.request("DELETE", f"object/{bucket}", json={"prefixes": ["a"]}).json(),
        ]
    assert b"x" == caller.get(f"object/{bucket}/a").content


def test_signed_urls_that_do_not_hold(caller: httpx.Client, stranger: httpx.Client, bucket: str) -> None:
    """A token for another object, garbage, or none at all opens nothing."""
    for key in "ab":
        caller.post(f"object/{bucket}/{key}", content=b"x").raise_for_status()
    token = caller.post(f"object/sign/{bucket}/a", json={"expiresIn": 60}).json()["signedURL"].partition("token=")[2]
    url = f"object/sign/{bucket}/b"

    assert (400, "400", "InvalidSignature", "InvalidSignature") == refusal(stranger.get(url, params={"token": token}))
    assert (400, "400", "InvalidJWT", "InvalidJWT") == refusal(stranger.get(url, params={"token": "garbage"}))
    assert MALFORMED == refusal(stranger.get(url))
    upload = f"object/upload/sign/{bucket}/a"
    assert "InvalidSignature" == refusal(stranger.put(upload, params={"token": token}, content=b"y"))[3]


@pytest.mark.parametrize("form", [True, False])
def test_limits_of_a_bucket(caller: httpx.Client, server: Server, bucket: str, *, form: bool) -> None:
    """Size and type limits hold for raw and multipart bodies, far too large ones too, and leave nothing on disk."""
    limits = {"file_size_limit": 1_000, "allowed_mime_types": ["application/pdf"]}
    caller.put(f"bucket/{bucket}", json=limits).raise_for_status()
    before = server.files()

    def upload(content: bytes, kind: str) -> tuple[int, str, str, str]:
        body: dict[str, Any] = {"content": content, "headers": {"content-type": kind}}
        if form:
            body = {"files": {"file": ("a", content, kind)}}
        return refusal(caller.post(f"object/{bucket}/a", **body))

    assert TOO_LARGE == upload(b"x" * 1_001, "application/pdf")
    assert TOO_LARGE == upload(b"x" * 20_000_000, "application/pdf")
    assert (400, "415", "invalid_mime_type", "InvalidMimeType") == upload(b"x", "image/png")
    assert before == server.files()


def test_limit_of_the_service_holds_without_one_of_the_bucket(caller: httpx.Client, bucket: str) -> None:
    """No bucket takes more than the service does."""
    answer = caller.post(f"object/{bucket}/a", content=iter([b"x" * 1_000_000] * 31))

    assert TOO_LARGE == refusal(answer)


@pytest.mark.parametrize(
    "key",
    ["../a", "..%2fa", "%2e%2e/a", "u/%2e%2e/%2e%2e/a", "/etc/passwd", "%2fetc%2fpasswd", "a%00b", "%c3%bc", "a%ff"],
)
@pytest.mark.parametrize("method", ["POST", "GET"])
def test_keys_that_try_to_leave_the_bucket(caller: httpx.Client, bucket: str, key: str, method: str) -> None:
    """Traversal in any spelling, absolute paths, NUL and foreign bytes are refused, sent as they are on the wire."""
    connection = http.client.HTTPConnection(str(caller.base_url.host), caller.base_url.port, timeout=10)
    headers = {"authorization": caller.headers["authorization"]}
    connection.request(method, f"/storage/v1/object/{bucket}/{key}", body=b"x", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert (400, True) == (answer.status, b'"code":"InvalidKey"' in body)


@pytest.mark.parametrize("key", ["../a", "/a", "a\x00b", "ü", ""])
def test_moving_to_a_bad_key(caller: httpx.Client, bucket: str, key: str) -> None:
    """Keys in bodies are held to the same rules."""
    caller.post(f"object/{bucket}/a", content=b"x").raise_for_status()
    for route in ("move", "copy"):
        body = {"bucketId": bucket, "sourceKey": "a", "destinationKey": key}
        assert "InvalidKey" == refusal(caller.post(f"object/{route}", json=body))[3]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("bucket", b"{}"),
        ("bucket", b'{"name": 5}'),
        ("bucket", b'["name"]'),
        ("bucket", b"not json"),
        ("bucket", b'{"name": "\xff"}'),
        ("bucket", rb'{"name": "\ud800"}'),
        ("bucket", b'{"name": "x", "file_size_limit": "many"}'),
        ("object/list/any", b"{}"),
        ("object/list/any", b'{"prefix": "", "limit": 0}'),
        ("object/list/any", b'{"prefix": "", "sortBy": {"column": "owner"}}'),
        ("object/list-v2/any", b'{"cursor": "***"}'),
        ("object/sign/any/a", b'{"expiresIn": 0}'),
        ("object/move", b'{"bucketId": "any"}'),
    ],
)
def test_malformed_bodies(caller: httpx.Client, path: str, body: bytes) -> None:
    """A body of the wrong form is 400 InvalidRequest, never a fault of the server."""
    answer = caller.post(path, content=body, headers={"content-type": "application/json"})

    assert MALFORMED == refusal(answer)


def test_malformed_form_and_metadata(caller: httpx.Client, bucket: str) -> None:
    """A cut form, and metadata that is no JSON object, are refused and nothing is stored."""
    cut = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf'
    for content, headers in (
        (cut, {"content-type": "multipart/form-data; boundary=x"}),
        (b"x", {"x-metadata": "bm90IGpzb24="}),
        (b"x", {"x-metadata": "***"}),
    ):
        assert MALFORMED == refusal(caller.post(f"object/{bucket}/a", content=content, headers=headers))
    assert NOT_FOUND == refusal(caller.get(f"object/{bucket}/a"))


def test_range_behind_the_end(caller: httpx.Client, bucket: str) -> None:
    """A range behind the end is refused with the true size."""
    caller.post(f"object/{bucket}/a", content=b"x").raise_for_status()
    answer = caller.get(f"object/{bucket}/a", headers={"range": "bytes=5-"})

    assert ("InvalidRange", "bytes */1") == (refusal(answer)[3], answer.headers["content-range"])


def test_unknown_route_is_a_true_404(caller: httpx.Client) -> None:
    """A path that the service does not have keeps its HTTP status."""
    assert [404, 404] == [caller.get("nothing/here").status_code, caller.patch("bucket").status_code]


def test_caller_that_hangs_up_leaves_nothing(caller: httpx.Client, server: Server, bucket: str) -> None:
    """An upload that breaks off is no object, and the server goes on."""
    before = server.files()
    with socket.create_connection((str(caller.base_url.host), caller.base_url.port or 0), timeout=10) as line:
        head = (
            f"POST /object/{bucket}/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n"
            f"Authorization: {caller.headers['authorization']}\r\n\r\n"
        )
        line.sendall(head.encode() + b"x" * 3_000_000)
        wait_until(lambda: server.files() != before)

    wait_until(lambda: server.files() == before)
    assert NOT_FOUND == refusal(caller.get(f"object/{bucket}/a"))
    assert 200 == caller.post(f"object/{bucket}/a", content=b"whole").status_code


def test_full_disk_is_told_and_nothing_is_stored(
    caller: httpx.Client, server: Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk under bytes or catalogue is 500 disk_full; when there is room again, all works."""
    before = server.files()

    def full(_blob: object, _data: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(StagedBlob, "write", full)
        broken.setattr(SmallBlob, "place", full)
        for size in (1, 300_000):
            assert FULL == refusal(caller.post(f"object/{bucket}/a", content=b"x" * size))
    connection = server.app.state.service.store._catalogue._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    long = {"cacheControl": "1", "metadata": '{"a": "' + "x" * 60_000 + '"}'}
    assert FULL == refusal(caller.post(f"object/{bucket}/a", files={"file": ("a", b"x")}, data=long))
    connection.execute("PRAGMA max_page_count = 1000000")

    assert before == server.files()
    assert 200 == caller.post(f"object/{bucket}/a", content=b"x").status_code
