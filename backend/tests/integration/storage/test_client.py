"""The storage client against the running server."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import httpx
import pytest

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError
from accessa.providers.storage import StorageClient, parsed_path, raw_path

CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 12_000
SHA = hashlib.sha256(CONTENT).hexdigest()


class Server(Protocol):
    """What these tests use of the running server."""

    url: str
    service_key: str
    anon_key: str


@pytest.fixture
async def client(server: Server) -> AsyncIterator[StorageClient]:
    """A client with the service's key and both buckets."""
    async with StorageClient(server.url, server.service_key, timeout_seconds=10) as opened:
        await opened.ensure_buckets(["raw", "parsed"])
        yield opened


@pytest.fixture
def path() -> str:
    """A path that no other test uses."""
    return raw_path(uuid4(), uuid4(), "pdf")


async def blocks(content: bytes = CONTENT) -> AsyncIterator[bytes]:
    """Yield `content` once, in blocks."""
    for start in range(0, len(content), 100_000):
        yield content[start : start + 100_000]


def names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return sorted(path.name for path in folder.iterdir())


def is_public(caller: httpx.Client, bucket: str) -> bool:
    """Return whether anybody can read the bucket."""
    return bool(caller.get(f"bucket/{bucket}").json()["public"])


async def test_buckets_are_private_and_made_once(client: StorageClient, caller: httpx.Client) -> None:
    """Asking twice for the buckets is harmless, and they are private."""
    await client.ensure_buckets(["raw", "parsed"])

    assert [False, False] == [await asyncio.to_thread(is_public, caller, name) for name in ("raw", "parsed")]


async def test_buckets_are_looked_at_without_making_any(client: StorageClient, caller: httpx.Client) -> None:
    """What is there is told with whether the public may read it; what is missing stays missing."""
    open_bucket = {"id": "leaflets", "name": "leaflets", "public": True}
    await asyncio.to_thread(lambda: caller.post("bucket", json=open_bucket).raise_for_status())
    await client.ensure_buckets(["raw"])

    assert {"raw": False, "leaflets": True} == await client.find_buckets(["raw", "leaflets", "absent"])
    assert 400 == (await asyncio.to_thread(caller.get, "bucket/absent")).status_code


@pytest.mark.parametrize("kind", ["bytes", "file", "stream", "sized stream"])
async def test_content_comes_back_whole(client: StorageClient, path: str, tmp_path: Path, kind: str) -> None:
    """Bytes, a file and a stream are stored with their type, and come back with their hash."""
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    content = CONTENT if kind == "bytes" else source if kind == "file" else blocks()
    size = len(CONTENT) if kind == "sized stream" else None
    await client.upload(path, content, content_type="application/pdf", size=size)
    info = await client.info(path)

    assert (len(CONTENT), "application/pdf") == (info.size, info.content_type)
    assert CONTENT == await client.download(path)
    assert SHA == await client.download_to(path, tmp_path / "target")
    assert CONTENT == (tmp_path / "target").read_bytes()
    assert ["source", "target"] == names(tmp_path)


@pytest.mark.parametrize("kind", ["bytes", "stream"])
async def test_second_upload_of_the_same_content_is_a_success(client: StorageClient, path: str, kind: str) -> None:
    """Storing again what is there already changes nothing and is no error."""
    await client.upload(path, CONTENT, content_type="application/pdf")
    before = await client.info(path)
    again = CONTENT if kind == "bytes" else blocks()
    await client.upload(path, again, content_type="application/pdf", size=len(CONTENT))

    assert before == await client.info(path)


async def test_stored_copy_of_another_size_is_replaced(client: StorageClient, path: str) -> None:
    """A copy that is not whole gives way to the whole content."""
    await client.upload(path, CONTENT[:100], content_type="application/pdf")
    await client.upload(path, CONTENT, content_type="application/pdf")

    assert CONTENT == await client.download(path)


async def test_stream_that_breaks_stores_nothing(client: StorageClient, path: str) -> None:
    """When the caller's stream fails or is too short, there is no object."""

    async def broken() -> AsyncIterator[bytes]:
        yield CONTENT
        raise PermanentError("FILE_TOO_LARGE")

    for content, size, code in ((broken(), None, "FILE_TOO_LARGE"), (blocks(), len(CONTENT) + 1, "SOURCE_CORRUPT")):
        with pytest.raises(PermanentError) as caught:
            await client.upload(path, content, content_type="application/pdf", size=size)
        assert code == caught.value.code
        assert not await client.exists(path)


async def test_file_over_the_servers_limit_is_too_large(client: StorageClient, path: str) -> None:
    """A body that the service refuses while it travels is told as too large, not as an outage."""
    with pytest.raises(PermanentError) as caught:
        await client.upload(path, b"x" * 30_000_001, content_type="application/pdf")

    assert "FILE_TOO_LARGE" == caught.value.code


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1])
async def test_content_comes_with_its_hash(client: StorageClient, path: str, size: int) -> None:
    """Below, at and above the size that travels in one piece, the bytes come whole and with their SHA-256."""
    content = os.urandom(size)
    await client.upload(path, content, content_type="text/plain")

    assert (content, hashlib.sha256(content).hexdigest()) == await client.download_hashed(path)


async def test_many_small_uploads_at_once_are_all_kept(client: StorageClient, path: str) -> None:
    """Uploads that arrive together are stored each, and of two for one place both are told that it is stored."""
    paths = [f"{path}.{number}" for number in range(40)]

    await asyncio.gather(*(client.upload(one, one.encode(), content_type="text/plain") for one in paths + paths[:5]))

    assert [one.encode() for one in paths] == [await client.download(one) for one in paths]


async def test_missing_object(client: StorageClient, path: str, tmp_path: Path) -> None:
    """A missing object is SOURCE_MISSING, is not there, and leaves no file."""
    for use in (client.download(path), client.info(path), client.create_signed_url(path, 5)):
        with pytest.raises(PermanentError) as caught:
            await use
        assert "SOURCE_MISSING" == caught.value.code
    with pytest.raises(PermanentError):
        await client.download_to(path, tmp_path / "target")

    assert not await client.exists(path)
    assert [] == names(tmp_path)


async def test_removed_objects_are_gone(client: StorageClient, path: str) -> None:
    """Removal tells how many there were, and is harmless when repeated."""
    parsed = parsed_path(uuid4(), uuid4(), SHA)
    for each in (path, parsed):
        await client.upload(each, b"x", content_type="text/plain")

    assert [2, 0] == [await client.delete([path, parsed]), await client.delete([path, parsed])]
    assert not await client.exists(path)


async def test_signed_url_gives_the_bytes_to_anybody(
    client: StorageClient, stranger: httpx.Client, server: Server, path: str
) -> None:
    """The address is absolute and needs no key."""
    await client.upload(path, CONTENT, content_type="application/pdf")
    url = await client.create_signed_url(path, 60)

    assert url.startswith(f"{server.url}/storage/v1/object/sign/raw/")
    assert CONTENT == (await asyncio.to_thread(stranger.get, url)).content


async def test_signed_upload_takes_the_bytes_of_anybody(
    client: StorageClient, stranger: httpx.Client, path: str
) -> None:
    """The address takes one object without a key, for two hours, and then the place is taken."""
    signed = await client.create_signed_upload_url(path)
    answer = await asyncio.to_thread(stranger.put, signed.url, content=CONTENT)
    stored = b"".join([block async for block in client.blocks(path)])
    with pytest.raises(RecoverableError) as caught:
        await client.create_signed_upload_url(path)

    assert (200, CONTENT) == (answer.status_code, stored)
    assert ("STORAGE_REFUSED", 409) == (caught.value.code, caught.value.provider_status)
    assert signed.expires_at is not None
    assert timedelta(minutes=119) < signed.expires_at - datetime.now(UTC) <= timedelta(hours=2)


async def test_key_without_rights_is_a_refusal(client: StorageClient, server: Server, path: str) -> None:
    """A wrong key is a matter of settings: the job waits, and the code says so."""
    await client.upload(path, b"x", content_type="text/plain")
    async with StorageClient(server.url, server.anon_key) as anon, StorageClient(server.url, "opaque") as opaque:
        for use in (anon.upload(path, b"x", content_type="text/plain"), opaque.download(path)):
            with pytest.raises(RecoverableError) as caught:
                await use
            assert ("STORAGE_REFUSED", 403) == (caught.value.code, caught.value.provider_status)


async def test_server_that_is_not_there_is_an_outage(tmp_path: Path) -> None:
    """Nobody listening is an outage, told fast."""
    async with StorageClient("http://127.0.0.1:9", "key") as nobody:
        with pytest.raises(AccessaError) as caught:
            await nobody.download_to("storage://raw/a", tmp_path / "a")

    assert (RecoverableError, "STORAGE_UNAVAILABLE", "ConnectError") == (
        type(caught.value),
        caught.value.code,
        caught.value.provider_body,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="This system has no device that is always full.")
async def test_full_disk_on_our_side_is_told(client: StorageClient, path: str) -> None:
    """When the target cannot be written for want of room, the code is DISK_FULL."""
    await client.upload(path, CONTENT, content_type="application/pdf")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "a"
        target.with_name("a.part").symlink_to("/dev/full")
        with pytest.raises(RecoverableError) as caught:
            await client.download_to(path, target)
        assert not target.exists()

    assert "DISK_FULL" == caught.value.code
