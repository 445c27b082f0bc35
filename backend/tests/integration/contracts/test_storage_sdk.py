"""The official clients of Supabase Storage, unchanged, against the local storage server."""

from __future__ import annotations

import inspect
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
import supabase
import uvicorn
from storage3 import AsyncStorageClient, SyncStorageClient
from storage3.exceptions import StorageApiError
from storage3.types import CreateSignedUploadUrlOptions

from accessa.apps.storage.application import create_app
from accessa.domain.addresses import trust_for

SECRET = "a-secret-of-the-tests-of-at-least-32-bytes"
CONTENT = b"%PDF-1.7\n" + bytes(range(256)) * 500
PDF = {"content-type": "application/pdf"}
CLIENTS = ("storage3", "storage3 async", "supabase", "supabase async")
ROLES = ("anon", "authenticated")

# The umbrella package sets the timeout of its storage part in a way that this part calls deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:The '.*' parameter is deprecated:DeprecationWarning")


@dataclass
class Clock:
    """Tells the time, and how late it shall be."""

    late: float = 0.0

    def __call__(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self.late


@dataclass(frozen=True)
class Service:
    """The served storage and its clock, which a test may put forward."""

    url: str
    clock: Clock

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Let the service live that much later while the block lasts."""
        self.clock.late = seconds
        yield
        self.clock.late = 0.0


def key_of(role: str, secret: str = SECRET, **claims: Any) -> str:
    """Return the key of a caller with `role`."""
    return jwt.encode({"role": role, **claims}, secret, algorithm="HS256")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running storage, one for the module."""
    clock = Clock()
    app = create_app(
        root=tmp_path_factory.mktemp("storage"),
        jwt_secret=SECRET,
        max_object_bytes=1_000_000,
        clock=clock,
    )
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        host = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
        thread = threading.Thread(target=host.run, kwargs={"sockets": [listener]})
        thread.start()
        yield Service(f"http://127.0.0.1:{listener.getsockname()[1]}", clock)
        host.should_exit = True
        thread.join(10)


async def done(call: Any) -> Any:
    """Return the result of a call of either kind of client: one answers at once, the other gives an awaitable."""
    return await call if inspect.isawaitable(call) else call


async def refused(call: Callable[[], Any]) -> tuple[int | str, str, str]:
    """Return status, code and message of the error with which the client's call ends."""
    with pytest.raises(StorageApiError) as caught:
        await done(call())
    return caught.value.status, caught.value.code, caught.value.message


async def opened(kind: str, url: str, key: str) -> Any:
    """Return the storage part of one of the official clients."""
    headers = {"apiKey": key, "Authorization": f"Bearer {key}"}
    address, trust = f"{url}/storage/v1/", trust_for(url)
    if kind == "storage3":
        return SyncStorageClient(address, headers, http_client=httpx.Client(verify=trust))
    if kind == "storage3 async":
        return AsyncStorageClient(address, headers, http_client=httpx.AsyncClient(verify=trust))
    if kind == "supabase":
        options = supabase.ClientOptions(httpx_client=httpx.Client(verify=trust))
        return supabase.create_client(url, key, options).storage
    async_options = supabase.AsyncClientOptions(httpx_client=httpx.AsyncClient(verify=trust))
    return (await supabase.acreate_client(url, key, async_options)).storage


async def close(storage: Any) -> None:
    """Close the connections of a client."""
    session = storage.session
    await done(session.aclose() if isinstance(session, httpx.AsyncClient) else session.close())


@pytest.fixture(params=CLIENTS)
async def storage(request: pytest.FixtureRequest, service: Service) -> AsyncIterator[Any]:
    """Each of the official clients with the key of the service role."""
    client = await opened(request.param, service.url, key_of("service_role"))
    yield client
    await close(client)


@pytest.fixture
async def files(storage: Any) -> Any:
    """The client's view of a fresh private bucket."""
    name = f"b-{uuid4()}"
    await done(storage.create_bucket(name))
    return storage.from_(name)


async def test_buckets(storage: Any) -> None:
    """Buckets are created, listed, read, changed, emptied and deleted."""
    name = f"b-{uuid4()}"
    options = {"public": False, "file_size_limit": 1000, "allowed_mime_types": ["application/pdf"]}
    created = await done(storage.create_bucket(name, options=options))
    await done(storage.from_(name).upload("a.pdf", b"x", PDF))
    await done(storage.update_bucket(name, {"public": True, "file_size_limit": 2000}))
    shown = await done(storage.get_bucket(name))

    assert {"name": name} == created
    assert (name, name, True, 2000, ["application/pdf"], "STANDARD") == (
        shown.id,
        shown.name,
        shown.public,
        shown.file_size_limit,
        shown.allowed_mime_types,
        shown.type,
    )
    assert name in [bucket.name for bucket in await done(storage.list_buckets())]
    assert ("409", "ResourceNotEmpty") == (await refused(lambda: storage.delete_bucket(name)))[:2]
    await done(storage.empty_bucket(name))
    assert {"message": "Successfully deleted"} == await done(storage.delete_bucket(name))
    assert ("404", "Bucket not found", "Bucket not found") == await refused(lambda: storage.get_bucket(name))


async def test_files(files: Any, tmp_path: Path) -> None:
    """A file is uploaded from memory and from disk, described, replaced, downloaded and found to be there."""
    path = tmp_path / "b.pdf"
    path.write_bytes(CONTENT)
    uploaded = await done(files.upload("u/a b.pdf", CONTENT, {**PDF, "cache-control": "60", "metadata": {"page": 1}}))
    await done(files.upload("u/b.pdf", path, PDF))
    info = await done(files.info("u/a b.pdf"))
    updated = await done(files.update("u/b.pdf", b"other", PDF))
    await done(files.upload("u/b.pdf", b"third", {**PDF, "upsert": "true"}))

    assert (f"{files.id}/u/a b.pdf", "u/a b.pdf") == (uploaded.full_path, uploaded.path)
    assert f"{files.id}/u/b.pdf" == updated.full_path
    assert (len(CONTENT), "application/pdf", "max-age=60", {"page": 1}) == tuple(
        info[name] for name in ("size", "content_type", "cache_control", "metadata")
    )
    assert [CONTENT, b"third"] == [await done(files.download(key)) for key in ("u/a%20b.pdf", "u/b.pdf")]
    assert [True, False] == [await done(files.exists(key)) for key in ("u/b.pdf", "no")]


async def test_lists(files: Any) -> None:
    """One level, and pages over all keys, are listed in the order that is asked for."""
    for key in ("u/b.pdf", "u/a.pdf", "u/deep/c.pdf", "top.pdf"):
        await done(files.upload(key, CONTENT, PDF))
    level = await done(files.list("u", {"sortBy": {"column": "name", "order": "desc"}}))
    found = await done(files.list("u", {"search": "A", "limit": 5000}))
    page = await done(files.list_v2({"prefix": "u/", "limit": 2, "with_delimiter": True}))
    rest = await done(
        files.list_v2({"prefix": "u/", "limit": 2, "with_delimiter": True, "cursor": page.nextCursor or ""})
    )
    newest = await done(files.list_v2({"limit": 1, "sortBy": {"column": "created_at", "order": "desc"}}))

    assert [("deep", None), ("b.pdf", len(CONTENT)), ("a.pdf", len(CONTENT))] == [
        (entry["name"], entry["metadata"] and entry["metadata"]["size"]) for entry in level
    ]
    assert ["a.pdf"] == [entry["name"] for entry in found]
    assert (True, ["u/a.pdf", "u/b.pdf"], [], False, ["u/deep/"]) == (
        page.hasNext,
        [entry.key for entry in page.objects],
        page.folders,
        rest.hasNext,
        [entry.key for entry in rest.folders],
    )
    assert ["top.pdf"] == [entry.name for entry in newest.objects]


async def test_moves_copies_and_removals(files: Any) -> None:
    """Objects change their place, are doubled and removed; a name that is not there is left out of the answer."""
    await done(files.upload("a", CONTENT, PDF))
    moved = await done(files.move("a", "b"))
    copied = await done(files.copy("b", "c"))
    removed = await done(files.remove(["b", "c", "no"]))

    assert {"message": "Successfully moved"} == moved
    assert f"{files.id}/c" == copied["Key"]
    assert ["b", "c"] == [row["name"] for row in removed]
    assert [] == await done(files.list())


async def test_signed_downloads(files: Any, service: Service) -> None:
    """A signed URL opens one object for anybody, under the name that is asked for, until its time is over."""
    await done(files.upload("u/a b.pdf", CONTENT, PDF))
    signed = await done(files.create_signed_url("u/a b.pdf", 60, {"download": "mine.pdf"}))
    many = await done(files.create_signed_urls(["u/a b.pdf", "no"], 60))
    async with httpx.AsyncClient(verify=trust_for(service.url)) as anybody:
        answer = await anybody.get(signed["signedURL"])
        second = (await anybody.get(str(many[0]["signedURL"]))).content
        with service.later(61):
            late = (await anybody.get(signed["signedURL"])).json()

    assert (CONTENT, CONTENT) == (answer.content, second)
    assert "attachment; filename*=UTF-8''mine.pdf" == answer.headers["content-disposition"]
    assert (None, True) == (many[1]["signedURL"], "does not exist" in many[1]["error"])
    assert ("400", "InvalidJWT", '"exp" claim timestamp check failed') == (
        late["statusCode"],
        late["error"],
        late["message"],
    )


async def test_signed_uploads(files: Any, service: Service) -> None:
    """A signed upload stores one object without a key; whether it replaces is decided when it is signed."""
    signed = await done(files.create_signed_upload_url("u/a.pdf"))
    await done(files.upload_to_signed_url("u/a.pdf", signed["token"], CONTENT, PDF))
    again = await refused(lambda: files.upload_to_signed_url("u/a.pdf", signed["token"], b"x", PDF))
    taken = await refused(lambda: files.create_signed_upload_url("u/a.pdf"))
    elsewhere = await refused(lambda: files.upload_to_signed_url("u/b.pdf", signed["token"], b"x", PDF))
    over = await done(files.create_signed_upload_url("u/a.pdf", CreateSignedUploadUrlOptions(upsert="true")))
    for content in (b"second", b"third"):
        await done(files.upload_to_signed_url("u/a.pdf", over["token"], content, PDF))
    with service.later(7201):
        late = await refused(lambda: files.upload_to_signed_url("u/a.pdf", over["token"], b"x", PDF))

    assert [("409", "Duplicate", "The resource already exists")] * 2 == [again, taken]
    assert ("400", "InvalidSignature", "Invalid signature") == elsewhere
    assert ("400", "InvalidJWT", '"exp" claim timestamp check failed') == late
    assert b"third" == await done(files.download("u/a.pdf"))


async def test_public_buckets(storage: Any, service: Service) -> None:
    """The public address of an object works in a public bucket and nowhere else."""
    name = f"b-{uuid4()}"
    await done(storage.create_bucket(name, options={"public": True}))
    files = storage.from_(name)
    await done(files.upload("u/a.pdf", CONTENT, PDF))
    address = await done(files.get_public_url("u/a.pdf", {"download": True}))
    async with httpx.AsyncClient(verify=trust_for(service.url)) as anybody:
        answer = await anybody.get(address)
        await done(storage.update_bucket(name, {"public": False}))
        closed = (await anybody.get(address)).json()

    assert (CONTENT, "attachment") == (answer.content, answer.headers["content-disposition"])
    assert ("404", "NoSuchBucket") == (closed["statusCode"], closed["code"])


async def test_errors_of_files(storage: Any, files: Any) -> None:
    """Missing and taken names, sizes, types and keys are told with the codes that the clients know."""
    await done(storage.update_bucket(files.id, {"file_size_limit": 1000, "allowed_mime_types": ["application/pdf"]}))
    for key in ("a", "b"):
        await done(files.upload(key, b"x", PDF))
    missing = ("404", "not_found", "Object not found")
    taken = ("409", "Duplicate", "The resource already exists")
    large = ("413", "Payload too large", "The object exceeded the maximum allowed size")

    assert [missing] * 4 == [
        await refused(lambda: files.download("no")),
        await refused(lambda: files.info("no")),
        await refused(lambda: files.create_signed_url("no", 60)),
        await refused(lambda: files.move("no", "c")),
    ]
    assert [taken] * 4 == [
        await refused(lambda: files.upload("a", b"y", PDF)),
        await refused(lambda: files.copy("a", "b")),
        await refused(lambda: files.move("a", "b")),
        await refused(lambda: storage.create_bucket(files.id)),
    ]
    assert large == await refused(lambda: files.upload("c", b"x" * 1001, PDF))
    assert large == await refused(lambda: storage.update_bucket(files.id, {"file_size_limit": 1_000_001}))
    assert ("415", "invalid_mime_type", "mime type text/plain is not supported") == await refused(
        lambda: files.upload("c", b"x")
    )
    assert ("400", "InvalidKey", "Invalid key: ü") == await refused(lambda: files.upload("%C3%BC", b"x", PDF))
    assert ("404", "Bucket not found", "Bucket not found") == await refused(
        lambda: storage.from_("nobucket").upload("a", b"x", PDF)
    )
    # Pictures are not scaled here, and the real service without that part answers the same.
    assert "404" == str((await refused(lambda: files.download("a", {"transform": {"width": 10}})))[0])


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["storage3", "storage3 async"])
async def test_roles_without_a_policy(service: Service, kind: str, role: str) -> None:
    """Whoever is not the service role sees nothing and writes nothing, in the words of row-level security."""
    master = await opened("storage3", service.url, key_of("service_role"))
    name = f"b-{uuid4()}"
    master.create_bucket(name)
    master.from_(name).upload("a", CONTENT, PDF)
    client = await opened(kind, service.url, key_of(role, sub=str(uuid4())))
    files = client.from_(name)
    hidden = ("404", "not_found", "Object not found")
    denied = ("403", "Unauthorized", "new row violates row-level security policy")

    assert [hidden] * 3 == [
        await refused(lambda: files.download("a")),
        await refused(lambda: files.info("a")),
        await refused(lambda: files.create_signed_url("a", 60)),
    ]
    assert [denied] * 4 == [
        await refused(lambda: files.upload("b", b"x", PDF)),
        await refused(lambda: files.update("a", b"x", PDF)),
        await refused(lambda: files.create_signed_upload_url("b")),
        await refused(lambda: client.create_bucket("mine")),
    ]
    assert [[], [], [], False] == [
        await done(files.remove(["a"])),
        await done(files.list()),
        await done(client.list_buckets()),
        await done(files.exists("a")),
    ]
    assert "404" == (await refused(lambda: client.get_bucket(name)))[0]
    assert CONTENT == master.from_(name).download("a")
    for each in (master, client):
        await close(each)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (key_of("service_role", "another-secret-of-at-least-32-bytes"), "signature verification failed"),
        (key_of("service_role", exp=1), '"exp" claim timestamp check failed'),
        ("sb_secret_opaque", "Invalid Compact JWS"),
    ],
    ids=["forged", "expired", "opaque"],
)
async def test_keys_that_do_not_hold(service: Service, key: str, message: str) -> None:
    """A forged, expired or opaque key is 403 in the words of the real service."""
    client = await opened("storage3", service.url, key)

    assert ("403", "Unauthorized", message) == await refused(client.list_buckets)
    assert ("403", "Unauthorized", message) == await refused(lambda: client.from_("raw").download("a"))
    await close(client)
