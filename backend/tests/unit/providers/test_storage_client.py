"""The storage client against scripted answers: what every failure becomes, and what travels on the wire."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError, UsageError
from accessa.providers.storage import StorageClient, document_prefixes, parsed_path, raw_path, split_path

USER = "00000000-0000-4000-8000-000000000001"
DOCUMENT = "11111111-1111-4111-8111-111111111111"
PATH = raw_path(USER, DOCUMENT, "pdf")
KEY = "secret-service-key"

Answer = Callable[[httpx.Request], httpx.Response]
Use = Callable[[StorageClient, Path], Awaitable[object]]


async def stream(*blocks: bytes) -> AsyncIterator[bytes]:
    """Yield blocks once."""
    for block in blocks:
        yield block


async def drained(client: StorageClient) -> bytes:
    """Return the blocks of an object put together."""
    return b"".join([block async for block in client.blocks(PATH)])


USES: dict[str, Use] = {
    "ensure_buckets": lambda client, _: client.ensure_buckets(["raw"]),
    "find_buckets": lambda client, _: client.find_buckets(["raw"]),
    "upload": lambda client, _: client.upload(PATH, b"x", content_type="application/pdf"),
    "replace": lambda client, _: client.replace(PATH, b"x", content_type="application/pdf"),
    "upload_stream": lambda client, _: client.upload(PATH, stream(b"x"), content_type="application/pdf"),
    "download": lambda client, _: client.download(PATH),
    "download_to": lambda client, folder: client.download_to(PATH, folder / "a"),
    "exists": lambda client, _: client.exists(PATH),
    "info": lambda client, _: client.info(PATH),
    "list_paths": lambda client, _: client.list_paths("storage://raw/a."),
    "delete": lambda client, _: client.delete([PATH]),
    "create_signed_url": lambda client, _: client.create_signed_url(PATH, 60),
    "create_signed_upload_url": lambda client, _: client.create_signed_upload_url(PATH),
    "blocks": lambda client, _: drained(client),
}


def errors_of_httpx() -> list[type[Exception]]:
    """Return every exception class that httpx exports."""
    found = [member for _, member in inspect.getmembers(httpx, inspect.isclass) if issubclass(member, Exception)]
    assert len(found) > 20
    return found


def built(kind: type[Exception]) -> Exception:
    """Return an instance of `kind` whose text holds the key, as some of httpx's do."""
    request = httpx.Request("GET", "http://storage.test")
    needs: dict[str, Any] = {"message": KEY, "request": request, "response": httpx.Response(500, request=request)}
    wanted = inspect.signature(kind).parameters
    return kind(**{name: value for name, value in needs.items() if name in wanted})


def names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return [path.name for path in folder.iterdir()]


class Broken(httpx.AsyncBaseTransport):
    """Fails with one error, at once or in the middle of the body."""

    def __init__(self, error: Exception, *, late: bool) -> None:
        self.error = error
        self.late = late

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Fail, or answer with a body that fails."""
        if not self.late:
            raise self.error

        async def body() -> AsyncIterator[bytes]:
            yield b"half"
            raise self.error

        return httpx.Response(200, content=body(), request=request)


class Reading(httpx.AsyncBaseTransport):
    """Takes a body block by block, as a network does, and keeps what came."""

    def __init__(self) -> None:
        self.received = b""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Read the body to its end, and answer."""
        assert isinstance(request.stream, httpx.AsyncByteStream)
        async for block in request.stream:
            self.received += block
        return httpx.Response(200, json={})


def client_of(answer: Answer) -> StorageClient:
    """Return a client whose requests `answer` serves."""
    return StorageClient("http://storage.test/", KEY, transport=httpx.MockTransport(answer))


def refused(status: int, code: str = "", error: str = "", *, http_status: int = 400) -> Answer:
    """Return answers in the form of Supabase Storage."""
    body = {"statusCode": str(status), "error": error or code, "message": "no", "code": code}
    return lambda _: httpx.Response(http_status, json={name: value for name, value in body.items() if value})


@pytest.mark.parametrize("kind", errors_of_httpx(), ids=lambda kind: kind.__name__)
async def test_no_error_of_httpx_leaks(tmp_path: Path, kind: type[Exception]) -> None:
    """Whatever the HTTP library raises, before or amid the answer, the caller sees an outage or a refusal of ours."""
    for use, late in product(USES.values(), (False, True)):
        async with StorageClient("http://storage.test", KEY, transport=Broken(built(kind), late=late)) as client:
            with pytest.raises(RecoverableError) as caught:
                await use(client, tmp_path)

        assert caught.value.code in {"STORAGE_UNAVAILABLE", "STORAGE_REFUSED"}
        assert KEY not in f"{caught.value}{caught.value.as_row()}{caught.value.__cause__!r}"
    assert [] == names(tmp_path)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (refused(404, "NoSuchKey", "not_found"), PermanentError, "SOURCE_MISSING"),
        (refused(404, "", "not_found"), PermanentError, "SOURCE_MISSING"),
        (refused(404, "NoSuchBucket", "Bucket not found"), RecoverableError, "STORAGE_REFUSED"),
        (lambda _: httpx.Response(404, text="no route"), RecoverableError, "STORAGE_REFUSED"),
        (refused(403, "AccessDenied", "Unauthorized"), RecoverableError, "STORAGE_REFUSED"),
        (lambda _: httpx.Response(401, json={"message": "no"}), RecoverableError, "STORAGE_REFUSED"),
        (refused(400, "InvalidRequest", "Error"), RecoverableError, "STORAGE_REFUSED"),
        (refused(415, "InvalidMimeType"), RecoverableError, "STORAGE_REFUSED"),
        (refused(413, "EntityTooLarge"), PermanentError, "FILE_TOO_LARGE"),
        (lambda _: httpx.Response(413, text="proxy"), PermanentError, "FILE_TOO_LARGE"),
        (refused(429, "SlowDown", http_status=429), RecoverableError, "STORAGE_UNAVAILABLE"),
        (refused(423, "ResourceLocked"), RecoverableError, "STORAGE_UNAVAILABLE"),
        (refused(500, "InternalError", http_status=500), RecoverableError, "STORAGE_UNAVAILABLE"),
        (refused(544, "DatabaseTimeout", http_status=544), RecoverableError, "STORAGE_UNAVAILABLE"),
        (lambda _: httpx.Response(503, text="<html>"), RecoverableError, "STORAGE_UNAVAILABLE"),
        (refused(500, "InsufficientStorage", "disk_full", http_status=500), RecoverableError, "STORAGE_FULL"),
        (lambda _: httpx.Response(507), RecoverableError, "STORAGE_FULL"),
        (lambda _: httpx.Response(302, headers={"location": "/x"}), RecoverableError, "STORAGE_REFUSED"),
    ],
)
async def test_refusal_becomes_the_error_that_tells_what_to_do(
    tmp_path: Path, answer: Answer, kind: type[AccessaError], code: str
) -> None:
    """Every status of the storage has one meaning for the caller, and keeps the provider's own status."""
    for use in (
        *("upload", "download", "download_to", "info", "delete"),
        *("create_signed_url", "create_signed_upload_url", "blocks"),
    ):
        async with client_of(answer) as client:
            with pytest.raises(AccessaError) as caught:
                await USES[use](client, tmp_path)

        assert (use, kind, code) == (use, type(caught.value), caught.value.code)
        assert caught.value.provider_status is not None
    assert [] == names(tmp_path)


async def test_refusal_keeps_the_body_and_the_wished_pause() -> None:
    """The provider's own words and its Retry-After stay with the error."""
    body = b'{"statusCode":"429","error":"SlowDown","message":"slow","code":"SlowDown"}'
    async with client_of(lambda _: httpx.Response(429, content=body, headers={"retry-after": "7"})) as client:
        with pytest.raises(RecoverableError) as caught:
            await client.download(PATH)

    assert (429, body.decode(), 7.0) == (
        caught.value.provider_status,
        caught.value.provider_body,
        caught.value.retry_after_seconds,
    )


@pytest.mark.parametrize("use", ["info", "exists", "delete", "create_signed_url", "create_signed_upload_url"])
@pytest.mark.parametrize("body", ["<html>", "[1]", "{}", '{"size": "many", "signedURL": 5}'])
async def test_answer_off_the_contract_is_an_outage(tmp_path: Path, use: str, body: str) -> None:
    """A success that is not what the contract says, as a captive proxy gives, is told as such."""
    async with client_of(lambda _: httpx.Response(200, text=body)) as client:
        with pytest.raises(RecoverableError) as caught:
            await USES[use](client, tmp_path)

    assert "STORAGE_UNAVAILABLE" == caught.value.code


async def test_upload_is_a_raw_body_with_its_type_and_length() -> None:
    """Type, length, key and the wish not to replace travel as headers."""
    seen: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        seen.append(request)
        return httpx.Response(200, json={})

    async with StorageClient("http://storage.test", KEY, transport=httpx.MockTransport(answer)) as client:
        await client.upload(PATH, stream(b"ab", b"", b"c"), content_type="text/markdown", size=3)

    (request,) = seen
    assert (f"http://storage.test/storage/v1/object/raw/{USER}/{DOCUMENT}.pdf", b"abc") == (
        str(request.url),
        request.content,
    )
    assert {
        "content-type": "text/markdown",
        "content-length": "3",
        "x-upsert": "false",
        "apikey": KEY,
        "authorization": f"Bearer {KEY}",
    }.items() <= dict(request.headers).items()


@pytest.mark.parametrize(
    ("token", "end"),
    [
        (jwt.encode({"exp": 1_800_000_000}, "s" * 32, algorithm="HS256"), datetime(2027, 1, 15, 8, tzinfo=UTC)),
        (jwt.encode({}, "s" * 32, algorithm="HS256"), None),
        (jwt.encode({"exp": 10**30}, "s" * 32, algorithm="HS256"), None),
        ("opaque", None),
    ],
    ids=["with an end", "without one", "beyond all time", "opaque"],
)
async def test_signed_upload_tells_its_end_if_the_token_does(token: str, end: datetime | None) -> None:
    """The address is absolute, and how long it holds is read from its token; another kind of token is no error."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"url": f"/object/upload/sign/raw/a?token={token}", "token": token})

    async with client_of(answer) as client:
        signed = [await client.create_signed_upload_url(PATH, upsert=upsert) for upsert in (False, True)]

    assert [(f"http://storage.test/storage/v1/object/upload/sign/raw/a?token={token}", token, end)] * 2 == [
        (each.url, each.token, each.expires_at) for each in signed
    ]
    assert [("POST", "false"), ("POST", "true")] == [(each.method, each.headers["x-upsert"]) for each in seen]


async def test_replacement_is_one_request_without_a_gap() -> None:
    """What is replaced is never removed first: there is no moment in which the object is missing."""
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.headers.get("x-upsert")))
        return httpx.Response(200, json={})

    async with client_of(answer) as client:
        await client.replace(PATH, b"x", content_type="application/pdf")

    assert [("POST", "true")] == seen


@pytest.mark.parametrize("blocks", [(b"ab",), (b"ab", b"cd"), (b"ab", b"cd", b"e"), (b"abcd",), ()])
async def test_stream_of_another_length_never_becomes_an_upload(blocks: tuple[bytes, ...]) -> None:
    """A stream that is shorter or longer than was said is broken off before its end is sent."""
    transport = Reading()
    async with StorageClient("http://storage.test", KEY, transport=transport) as client:
        with pytest.raises(PermanentError) as caught:
            await client.upload(PATH, stream(*blocks), content_type="text/plain", size=3)

    assert "SOURCE_CORRUPT" == caught.value.code
    assert len(transport.received) < 3


async def test_error_of_the_callers_own_stream_passes_through() -> None:
    """What the caller's stream raises, such as a file over the limit, reaches the caller as it is."""

    async def limited() -> AsyncIterator[bytes]:
        yield b"x"
        raise UsageError("FILE_TOO_LARGE")

    async with client_of(lambda _: httpx.Response(200, json={})) as client:
        with pytest.raises(UsageError) as caught:
            await client.upload(PATH, limited(), content_type="text/plain")

    assert "FILE_TOO_LARGE" == caught.value.code


async def test_broken_copy_behind_a_one_time_stream_is_removed() -> None:
    """A stream cannot be sent twice, so a stored copy of another size is removed and the caller asked to try again."""
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        if request.method == "POST":
            return refused(409, "KeyAlreadyExists", "Duplicate")(request)
        return httpx.Response(200, json={"size": 1} if request.method == "GET" else [{}])

    async with client_of(answer) as client:
        with pytest.raises(TransientError):
            await client.upload(PATH, stream(b"abc"), content_type="text/plain", size=3)

    assert ["POST", "GET", "DELETE"] == calls


async def test_many_removals_go_in_portions() -> None:
    """No request names more than a thousand objects, and buckets go apart."""
    sizes: list[tuple[str, int]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        names = request.content.count(b'"k')
        sizes.append((request.url.path.rpartition("/")[2], names))
        return httpx.Response(200, json=[{}] * names)

    async with client_of(answer) as client:
        removed = await client.delete([*(f"storage://raw/k{number}" for number in range(1_001)), "storage://parsed/k"])

    assert 1_002 == removed
    assert [("raw", 1_000), ("raw", 1), ("parsed", 1)] == sizes


def test_paths_are_built_of_ids_only() -> None:
    """Raw bytes lie under the document's id, parsed text also under its hash."""
    sha = "0123456789abcdef" * 4

    assert f"storage://raw/{USER}/{DOCUMENT}.pdf" == raw_path(USER, DOCUMENT, "pdf")
    assert f"storage://parsed/{USER}/{DOCUMENT}.0123456789abcdef.md" == parsed_path(USER, DOCUMENT, sha)
    assert ("raw", f"{USER}/{DOCUMENT}.pdf") == split_path(PATH)


@pytest.mark.parametrize(
    "build",
    [
        lambda: raw_path("..", DOCUMENT, "pdf"),
        lambda: raw_path(USER, DOCUMENT, "../pdf"),
        lambda: raw_path(USER, DOCUMENT, ".pdf"),
        lambda: parsed_path(USER, DOCUMENT, "abc"),
        lambda: split_path("raw/a"),
        lambda: split_path("storage://raw/a/../b"),
        lambda: split_path("storage://raw/"),
        lambda: split_path("storage://raw/a b"),
        lambda: split_path("https://raw/a"),
    ],
)
def test_anything_but_ids_makes_no_path(build: Callable[[], object]) -> None:
    """Names that could leave their place are a programming error."""
    with pytest.raises(ValueError):  # noqa: PT011 - several sentences
        build()


@pytest.mark.parametrize(
    ("address", "key"),
    [("http://a:port", "k"), ("localhost:5000", "k"), ("", "k"), ("http://a", "kéy"), ("http://a", "k\n")],
)
def test_unusable_address_or_key_is_told_at_the_start(address: str, key: str) -> None:
    """An address that is no URL, or a key that no header can hold, is a wrong setting and not quoted."""
    with pytest.raises(UsageError) as caught:
        StorageClient(address, key)

    assert "SETTINGS_INVALID" == caught.value.code
    assert key not in caught.value.message.split()


async def test_a_long_list_is_read_to_its_end() -> None:
    """The paths of all pages come back, each page asked for by the cursor of the one before."""
    asked: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content))
        last = "cursor" in asked[-1]
        name = {"name": "a.2.md", "key": "u/a.2.md"} if last else {"name": "u/a.pdf"}
        return httpx.Response(
            200, json={"objects": [name], "folders": [], "hasNext": not last} | ({} if last else {"nextCursor": "c1"})
        )

    async with client_of(answer) as client:
        assert ["storage://raw/u/a.pdf", "storage://raw/u/a.2.md"] == await client.list_paths("storage://raw/u/a.")
    assert [("u/a.", None), ("u/a.", "c1")] == [(body["prefix"], body.get("cursor")) for body in asked]


def test_a_document_owns_all_paths_with_its_id() -> None:
    """The beginnings of a document's paths cover its file and every parsed version, and no other document's."""
    raw, parsed = document_prefixes(USER, DOCUMENT)

    assert PATH.startswith(raw)
    assert parsed_path(USER, DOCUMENT, "0" * 64).startswith(parsed)
    assert not raw_path(USER, DOCUMENT.replace("1", "2"), "pdf").startswith(raw)
