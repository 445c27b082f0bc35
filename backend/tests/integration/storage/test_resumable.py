"""Resumable uploads by the TUS protocol: pieces, refusals with true statuses, and parts that outlive the server."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from accessa.apps.storage.application import create_app

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 8_000
CUT = 1_500_000
TUS = {"tus-resumable": "1.0.0"}
PIECE = {**TUS, "content-type": "application/offset+octet-stream"}


class Server(Protocol):
    """What these tests use of the running server."""

    app: Starlette
    anon_key: str
    service_key: str


def told(**values: str) -> str:
    """Return the values as a header Upload-Metadata."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in values.items())


def begin(
    client: httpx.Client,
    place: str,
    headers: dict[str, str] | None = None,
    *,
    length: int = len(CONTENT),
    path: str = "upload/resumable",
) -> httpx.Response:
    """Ask for a resumable upload to `place` (bucket/key)."""
    bucket, _, key = place.partition("/")
    metadata = told(
        bucketName=bucket, objectName=key, contentType="application/pdf", cacheControl="60", metadata='{"page": 1}'
    )
    return client.post(
        path, headers={**TUS, "upload-length": str(length), "upload-metadata": metadata, **(headers or {})}
    )


def send(client: httpx.Client, location: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
    """Send a piece."""
    return client.patch(location, content=content, headers={**PIECE, "upload-offset": str(offset), **headers})


def told_by(answer: httpx.Response) -> tuple[int, str]:
    """Return status and text of a refusal."""
    return answer.status_code, answer.text


@pytest.mark.parametrize("prefix", ["/storage/v1/", "/"])
def test_pieces_become_one_object(caller: httpx.Client, bucket: str, prefix: str) -> None:
    """An upload in two pieces is an object with its type and metadata once the last byte is there, and not before."""
    created = begin(caller, f"{bucket}/u/a.pdf", path=str(caller.base_url.copy_with(path=f"{prefix}upload/resumable")))
    location = created.headers["location"]
    first = send(caller, location, 0, CONTENT[:CUT])
    between = caller.head(location, headers=TUS)
    hidden = caller.get(f"object/{bucket}/u/a.pdf").json()["code"]
    last = send(caller, location, CUT, CONTENT[CUT:])
    info = caller.get(f"object/info/{bucket}/u/a.pdf").json()

    assert (201, "0", "1.0.0") == (
        created.status_code,
        created.headers["upload-offset"],
        created.headers["tus-resumable"],
    )
    assert urlsplit(location).path.startswith(f"{prefix}upload/resumable/")
    assert (204, str(CUT), 204, str(len(CONTENT))) == (
        first.status_code,
        first.headers["upload-offset"],
        last.status_code,
        last.headers["upload-offset"],
    )
    assert (200, str(CUT), str(len(CONTENT)), "no-store") == (
        between.status_code,
        *(between.headers[name] for name in ("upload-offset", "upload-length", "cache-control")),
    )
    assert "NoSuchKey" == hidden
    assert ("application/pdf", "max-age=60", {"page": 1}) == (
        info["content_type"],
        info["cache_control"],
        info["metadata"],
    )
    assert CONTENT == caller.get(f"object/{bucket}/u/a.pdf").content


def test_creation_can_carry_the_content(caller: httpx.Client, bucket: str) -> None:
    """The first request may bring bytes along, and an empty file needs no second one."""
    metadata = told(bucketName=bucket, objectName="a.txt", contentType="text/plain")
    headers = {**PIECE, "upload-length": "5", "upload-metadata": metadata}
    whole = caller.post("upload/resumable", content=b"hello", headers=headers)
    begin(caller, f"{bucket}/empty", length=0)

    assert (201, "5") == (whole.status_code, whole.headers["upload-offset"])
    assert [b"hello", b""] == [caller.get(f"object/{bucket}/{key}").content for key in ("a.txt", "empty")]


def test_answer_that_got_lost_can_be_asked_for_again(caller: httpx.Client, bucket: str) -> None:
    """After the last byte the upload still tells that it is complete, and takes a repeated empty piece."""
    location = begin(caller, f"{bucket}/a").headers["location"]
    send(caller, location, 0, CONTENT)

    assert str(len(CONTENT)) == caller.head(location, headers=TUS).headers["upload-offset"]
    assert 204 == send(caller, location, len(CONTENT), b"").status_code
    assert 400 == caller.request("DELETE", location, headers=TUS).status_code


def test_upload_can_be_given_up(caller: httpx.Client, bucket: str) -> None:
    """A deleted upload is gone, and so are its bytes."""
    location = begin(caller, f"{bucket}/a").headers["location"]
    send(caller, location, 0, CONTENT[:CUT])

    assert 204 == caller.request("DELETE", location, headers=TUS).status_code
    assert 404 == caller.head(location, headers=TUS).status_code


def test_refusals_carry_true_statuses(caller: httpx.Client, server: Server, bucket: str) -> None:
    """Wrong requests are refused with the protocol's own HTTP statuses, in plain text."""
    limits = {"file_size_limit": 3_000_000, "allowed_mime_types": ["application/pdf"]}
    caller.put(f"bucket/{bucket}", json=limits).raise_for_status()
    caller.post(f"object/{bucket}/taken", content=b"x", headers={"content-type": "application/pdf"}).raise_for_status()
    location = begin(caller, f"{bucket}/a").headers["location"]
    image = {"upload-metadata": told(bucketName=bucket, objectName="b", contentType="image/png")}
    anon = {"authorization": f"Bearer {server.anon_key}"}

    assert (409, "Upload-Offset conflict") == told_by(send(caller, location, 5, b"x"))
    assert (403, "Content-Type header required") == told_by(caller.patch(location, content=b"x", headers=TUS))
    assert (412, "Tus-Resumable Required") == told_by(caller.patch(location, content=b"x"))
    assert (413, "Maximum size exceeded") == told_by(begin(caller, f"{bucket}/b", length=3_000_001))
    assert 413 == send(caller, location, 0, CONTENT + b"more").status_code
    assert (415, "mime type image/png is not supported") == told_by(begin(caller, f"{bucket}/b", image))
    assert (409, "The resource already exists") == told_by(begin(caller, f"{bucket}/taken"))
    assert (404, "Bucket not found") == told_by(begin(caller, "nobucket/a"))
    assert (403, "new row violates row-level security policy") == told_by(begin(caller, f"{bucket}/b", anon))
    for name, value in (("upload-length", "many"), ("upload-metadata", "bucketName ***"), ("upload-metadata", "")):
        headers = {**TUS, "upload-length": "5", "upload-metadata": told(bucketName=bucket, objectName="b"), name: value}
        assert 400 == caller.post("upload/resumable", headers=headers).status_code


def test_options_tell_what_the_server_can_do(stranger: httpx.Client) -> None:
    """Anybody may ask for version, extensions and largest size."""
    answer = stranger.options("upload/resumable")

    assert (204, "1.0.0", "30000000") == (
        answer.status_code,
        answer.headers["tus-version"],
        answer.headers["tus-max-size"],
    )


def test_signed_token_stands_for_the_key(caller: httpx.Client, stranger: httpx.Client, bucket: str) -> None:
    """With the token of a signed upload URL no key is needed, for that one object."""
    token = caller.post(f"object/upload/sign/{bucket}/a").json()["token"]
    signature, path = {"x-signature": token}, "upload/resumable/sign"
    location = begin(stranger, f"{bucket}/a", signature, path=path).headers["location"]
    refused = [
        begin(stranger, f"{bucket}/b", signature, path=path).status_code,
        begin(stranger, f"{bucket}/a", path=path).status_code,
        send(stranger, location, 0, CONTENT).status_code,
        stranger.head(location, headers=TUS).status_code,
    ]

    assert "/upload/resumable/sign/" in location
    assert [400] * 4 == refused
    assert 204 == send(stranger, location, 0, CONTENT, **signature).status_code
    assert CONTENT == caller.get(f"object/{bucket}/a").content


def test_what_came_before_the_line_broke_is_kept(caller: httpx.Client, bucket: str) -> None:
    """When the client hangs up in the middle of a piece, it goes on behind what has arrived."""
    location = begin(caller, f"{bucket}/a").headers["location"]
    head = (
        f"PATCH {urlsplit(location).path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(CONTENT)}\r\n"
        f"Authorization: {caller.headers['authorization']}\r\n\r\n"
    )
    with socket.create_connection((str(caller.base_url.host), caller.base_url.port or 0), timeout=10) as line:
        line.sendall(head.encode() + CONTENT[:CUT])

    deadline = time.monotonic() + 10
    while (offset := int(caller.head(location, headers=TUS).headers["upload-offset"])) == 0:
        assert time.monotonic() < deadline
    assert CUT >= offset
    assert 204 == send(caller, location, offset, CONTENT[offset:]).status_code
    assert CONTENT == caller.get(f"object/{bucket}/a").content


def test_one_upload_takes_one_piece_at_a_time(caller: httpx.Client, server: Server, bucket: str) -> None:
    """While a piece is coming in, a second one is refused with 423."""
    location = begin(caller, f"{bucket}/a").headers["location"]
    started, go_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield CONTENT[:CUT]
        started.set()
        go_on.wait(10)
        yield CONTENT[CUT:]

    headers = {**PIECE, "upload-offset": "0"}
    thread = threading.Thread(target=lambda: caller.patch(location, content=slowly(), headers=headers))
    thread.start()
    started.wait(10)
    busy = server.app.state.service.store.resumable._busy
    while not busy:
        threading.Event().wait(0.005)
    with httpx.Client(headers={"authorization": f"Bearer {server.service_key}"}) as second:
        refused = send(second, location, 0, b"x")
    go_on.set()
    thread.join(10)

    assert (423, "The resource is locked") == told_by(refused)
    assert CONTENT == caller.get(f"object/{bucket}/a").content


@contextmanager
def restarted(root: Path, key: str, clock: float) -> Iterator[httpx.Client]:
    """Run a server over the folder for the block, at a time of its own."""
    secret = "a-secret-of-the-tests-with-32-bytes!"
    app = create_app(root=root, jwt_secret=secret, clock=lambda: clock)
    with TestClient(app, base_url="http://storage.test/", headers={"authorization": f"Bearer {key}"}) as client:
        yield cast("httpx.Client", client)


def test_parts_outlive_the_server_until_their_time_is_over(server: Server, tmp_path: Path) -> None:
    """After a restart the upload goes on where it was; bytes nobody was told of are cut off; a day later it is gone."""
    with restarted(tmp_path, server.service_key, 1000.0) as client:
        client.post("bucket", json={"name": "raw"}).raise_for_status()
        kept, left = (urlsplit(begin(client, f"raw/{key}").headers["location"]).path for key in "ab")
        for location in (kept, left):
            send(client, location, 0, CONTENT[:CUT])
    with (tmp_path / "resumable" / kept.rpartition("/")[2]).open("ab") as part:
        part.write(b"never confirmed" * len(CONTENT))
    (tmp_path / "resumable" / "stray").write_bytes(b"x")
    with restarted(tmp_path, server.service_key, 2000.0) as client:
        offset = client.head(kept, headers=TUS).headers["upload-offset"]
        send(client, kept, CUT, CONTENT[CUT:])
        stored = client.get("object/raw/a")
        names = sorted(path.name for path in (tmp_path / "resumable").iterdir())
    with restarted(tmp_path, server.service_key, 90_000.0) as client:
        gone = client.head(left, headers=TUS).status_code
        after = client.get("object/raw/a").content

    assert (str(CUT), CONTENT, 404, CONTENT) == (offset, stored.content, gone, after)
    assert f'"{hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()}"' == stored.headers["etag"]
    assert [left.rpartition("/")[2]] == names
    assert [] == list((tmp_path / "resumable").iterdir())
