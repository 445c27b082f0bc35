"""Calls to a provider: every failure of the HTTP library and every status becomes an error of our own tree."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accessa.domain.errors import AccessaError, PermanentError, RecoverableError, TransientError
from accessa.providers.http_calls import (
    ErrorCodes,
    call,
    json_object,
    retry_after_seconds,
    translate_status,
)
from accessa.providers.openai import OpenAIClient

CODES = ErrorCodes(
    unavailable="EMBED_UNAVAILABLE",
    rate_limited="EMBED_RATE_LIMITED",
    rejected_key="EMBED_REJECTED_KEY",
    refused="EMBED_REFUSED",
    bad_response="EMBED_BAD_RESPONSE",
)
SECRET = "llx-secret-0123456789"
ROOTS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict)
# After these an order may have been accepted, so that another try may be billed a second time.
MAYBE_ACCEPTED = {httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError, httpx.DecodingError}


def family(kind: type[Exception]) -> Iterator[type[Exception]]:
    """Yield a class and every class below it."""
    yield kind
    for child in kind.__subclasses__():
        yield from family(child)


EVERY_ERROR = sorted({kind for root in ROOTS for kind in family(root)}, key=lambda kind: kind.__name__)


def raised(kind: type[Exception]) -> Exception:
    """Return an error of a class; its text quotes a secret, as errors about headers and addresses do."""
    request = httpx.Request("POST", f"http://provider/?token={SECRET}")
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError(SECRET, request=request, response=httpx.Response(500))
    try:
        return kind(SECRET)
    except TypeError:
        return kind()


def failing(error: Exception) -> httpx.AsyncClient:
    """Return a client whose every request ends in an error."""

    def handler(_request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://provider")


def answering(status: int, **answer: Any) -> httpx.AsyncClient:
    """Return a client that is always answered alike."""
    transport = httpx.MockTransport(lambda _: httpx.Response(status, **answer))
    return httpx.AsyncClient(transport=transport, base_url="http://provider")


def test_every_error_class_of_the_library_is_tried_here() -> None:
    """An exception class that a new version of the library brings is found by its root, or shows here."""
    exported = {value for value in vars(httpx).values() if isinstance(value, type) and issubclass(value, Exception)}

    assert exported == {kind for kind in EVERY_ERROR if kind in exported}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("kind", EVERY_ERROR)
async def test_every_error_of_the_library_becomes_ours(kind: type[Exception], method: str) -> None:
    """The provider counts as unavailable; a try is counted only for an order that may have been accepted."""
    counted = method == "POST" and kind in MAYBE_ACCEPTED

    with pytest.raises(AccessaError) as caught:
        await call(failing(raised(kind)), method, "/", CODES)

    expected = (TransientError if counted else RecoverableError, "EMBED_UNAVAILABLE", None)
    assert expected == (type(caught.value), caught.value.code, caught.value.provider_status)


@pytest.mark.parametrize("kind", EVERY_ERROR)
async def test_an_error_of_the_library_is_told_by_its_name_alone(kind: type[Exception]) -> None:
    """Its text may quote a header or an address, and so a key; it is neither stored nor chained."""
    with pytest.raises(AccessaError) as caught:
        await call(failing(raised(kind)), "POST", "/", CODES)

    assert kind.__name__ == caught.value.as_row()["provider_body"]
    assert SECRET not in str(caught.value.as_row())
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("path", ["/a\nb", "http://[::1", "x" * 70_000])
async def test_an_address_that_cannot_be_called(path: str) -> None:
    """An id of the provider that makes no address is an error like any other."""
    with pytest.raises(RecoverableError):
        await call(answering(200), "GET", path, CODES)


@pytest.mark.parametrize("status", [200, 201, 204, 304])
async def test_an_answer_below_400_is_given_back(status: int) -> None:
    """The caller reads it."""
    assert status == (await call(answering(status), "GET", "/", CODES)).status_code


REFUSED = (PermanentError, "EMBED_REFUSED")
MEANINGS: dict[int, tuple[type[AccessaError], str]] = {
    **dict.fromkeys(range(400, 500), REFUSED),
    **dict.fromkeys((401, 403), (RecoverableError, "EMBED_REJECTED_KEY")),
    429: (RecoverableError, "EMBED_RATE_LIMITED"),
    **dict.fromkeys((408, 409, 425, *range(501, 600)), (RecoverableError, "EMBED_UNAVAILABLE")),
    500: (TransientError, "EMBED_UNAVAILABLE"),
}


def test_every_status_has_its_meaning() -> None:
    """Keys, limits and outages are waited out, a 500 counts as a try, any other refusal is for good."""
    errors = {status: translate_status(httpx.Response(status), CODES) for status in range(400, 600)}

    assert MEANINGS == {status: (type(error), error.code) for status, error in errors.items()}


@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
async def test_a_refusal_keeps_the_providers_words(status: int) -> None:
    """Status and words are told under our own code."""
    with pytest.raises(AccessaError) as caught:
        await call(answering(status, text="the provider's words"), "POST", "/", CODES)

    assert MEANINGS[status] == (type(caught.value), caught.value.code)
    assert (status, "the provider's words") == (caught.value.provider_status, caught.value.provider_body)


async def test_a_special_meaning_goes_first() -> None:
    """A client may know better what a status of its provider means; where it does not, the general rule holds."""
    special = lambda response: PermanentError("NO_CONTENT") if response.status_code == 500 else None  # noqa: E731

    with pytest.raises(PermanentError, match="NO_CONTENT"):
        await call(answering(500), "POST", "/", CODES, special=special)
    with pytest.raises(RecoverableError, match="EMBED_UNAVAILABLE"):
        await call(answering(503), "POST", "/", CODES, special=special)


def test_the_providers_words_are_cut_and_cleaned() -> None:
    """At most 500 characters are kept, and what looks like a key is not."""
    error = translate_status(httpx.Response(400, text=f"key {SECRET} " + "w" * 600), CODES)

    assert 500 == len(str(error.provider_body))
    assert str(error.provider_body).startswith("key *** www")


def test_words_in_no_encoding_are_told_too() -> None:
    """Bytes that are no text, or are said to be in an encoding that nobody knows, are no second error."""
    response = httpx.Response(400, content=b"\xff\xfe\x00", headers={"content-type": "text/plain; charset=klingon"})

    assert "EMBED_REFUSED" == translate_status(response, CODES).code


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, None),
    ],
)
def test_the_pause_is_read(headers: dict[str, str], seconds: float | None) -> None:
    """Milliseconds are exacter than seconds; what is no finite number asks for nothing."""
    assert seconds == retry_after_seconds(httpx.Response(429, headers=headers))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_the_pause_is_kept_with_the_error(status: int) -> None:
    """Limits and outages may both say how long to wait."""
    error = translate_status(httpx.Response(status, headers={"retry-after": "7"}), CODES)

    assert 7.0 == error.retry_after_seconds


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b"1", b"<html>", b"\xff", b"[" * 100_000, b'{"a": 1}trailing'],
)
def test_an_answer_that_is_no_object_is_a_breach(content: bytes) -> None:
    """The same request is tried again, and it counts."""
    with pytest.raises(TransientError, match="EMBED_BAD_RESPONSE") as caught:
        json_object(httpx.Response(200, content=content), CODES)

    assert 200 == caught.value.provider_status


@given(st.binary(max_size=50))
def test_no_answer_is_a_foreign_error(content: bytes) -> None:
    """Any bytes are an object or a breach."""
    try:
        assert isinstance(json_object(httpx.Response(200, content=content), CODES), dict)
    except TransientError as error:
        assert "EMBED_BAD_RESPONSE" == error.code  # noqa: PT017 - both ways are right


def test_half_a_surrogate_pair_is_read() -> None:
    """Text recognised from a page may hold half a character; the document is not lost for that."""
    assert {"a": "x\ud83dy"} == json_object(httpx.Response(200, content=b'{"a": "x\\ud83dy"}'), CODES)


@pytest.mark.parametrize(("address", "trusted"), [("http://127.0.0.1:8001", False), ("https://api.example.org", True)])
async def test_a_proxy_is_never_asked_for_this_machine(address: str, trusted: bool) -> None:  # noqa: FBT001
    """The environment's proxy serves addresses elsewhere only."""
    async with OpenAIClient(address, SECRET, timeout_seconds=1) as client:
        assert trusted is client._client.trust_env


async def test_a_client_closes_its_connections() -> None:
    """After the block nothing is left open."""
    async with OpenAIClient("http://provider/", SECRET, timeout_seconds=1) as client:
        assert (f"Bearer {SECRET}", "http://provider") == (
            client._client.headers["authorization"],
            str(client._client.base_url),
        )

    assert client._client.is_closed


async def test_an_answer_that_trickles_in_runs_into_the_timeout() -> None:
    """A provider that sends a byte now and then holds no worker for ever; an order may have been obeyed by then."""

    async def trickle() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.005)

    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=trickle()))
    async with OpenAIClient("http://provider/", SECRET, timeout_seconds=0.1, transport=transport) as client:
        with pytest.raises(TransientError, match="EMBED_UNAVAILABLE"):
            await client.embed(["a"], model="m", dimensions=2)


@pytest.mark.parametrize(
    ("address", "refused"), [("https://api.openai.com/v1", True), ("http://127.0.0.1:8002/v1", False)]
)
async def test_a_simulator_never_passes_for_the_real_service(address: str, *, refused: bool) -> None:
    """What answers as a mock where the real service was asked is refused, whatever else it says."""
    answer = httpx.Response(200, json={"id": "m"}, headers={"x-mock-provider": "mock-openai"})
    transport = httpx.MockTransport(lambda _request: answer)
    async with OpenAIClient(address, SECRET, timeout_seconds=1, transport=transport) as client:
        try:
            await client.check_access("m")
            told = None
        except RecoverableError as error:
            told = error.code

    assert ("PROVIDER_IS_MOCK" if refused else None) == told
