"""Client of Supabase Storage, and of the local service with the same contract."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from accessa.domain.addresses import is_loopback, trust_for
from accessa.domain.errors import PermanentError, TransientError, UsageError
from accessa.providers.storage_errors import Refusal, broken_contract, refusal_of, translated
from accessa.providers.storage_paths import document_prefixes, parsed_path, raw_path, split_path
from accessa.providers.storage_sources import Content, Source, source_of

__all__ = ["ObjectInfo", "StorageClient", "document_prefixes", "parsed_path", "raw_path", "split_path"]

# The hosted service takes no more names in one request.
_REMOVE_AT_ONCE = 1000
_LIST_AT_ONCE = 1000
_BLOCK_BYTES = 1024 * 1024
_CONNECT_SECONDS = 10.0
_ROWS = TypeAdapter(list[dict[str, Any]])


class ObjectInfo(BaseModel):
    """What the storage knows of an object; `size` in bytes."""

    model_config = ConfigDict(frozen=True)

    size: int
    content_type: str | None = None
    etag: str | None = None


class _SignedUrl(BaseModel):
    signedURL: str  # noqa: N815 - the field's name on the wire


class _Listed(BaseModel):
    name: str
    key: str | None = None


class _Page(BaseModel):
    objects: list[_Listed]
    nextCursor: str | None = None  # noqa: N815 - the field's name on the wire


class _Bucket(BaseModel):
    id: str
    public: bool


class StorageClient:
    """Keeps documents under paths of the form `storage://bucket/key`.

    Every method raises errors of our tree only: `RecoverableError` STORAGE_UNAVAILABLE, STORAGE_REFUSED or
    STORAGE_FULL, and where an object is named, `PermanentError` SOURCE_MISSING. A path of another form is a ValueError.
    """

    def __init__(
        self,
        base_url: str,
        service_key: str,
        *,
        timeout_seconds: float = 60,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take the project's address without `/storage/v1`, and the service role's key.

        Raises `UsageError` SETTINGS_INVALID when the address or the key cannot be sent at all.
        """
        if not service_key.isascii() or not service_key.isprintable():
            raise UsageError("SETTINGS_INVALID", "The storage's service key holds a character that no header may hold.")
        url = _service_url(base_url)
        self._base_url = str(url)
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"apikey": service_key, "authorization": f"Bearer {service_key}", "accept-encoding": "identity"},
            timeout=httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, _CONNECT_SECONDS)),
            transport=transport,
            # A proxy of the environment serves the outside world, never a service of this machine.
            trust_env=not is_loopback(self._base_url),
            verify=trust_for(self._base_url),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def ensure_buckets(self, names: Iterable[str]) -> None:
        """Create, as private ones, the buckets that are missing."""
        for name in names:
            _, refusal = await self._call("GET", f"bucket/{quote(name, safe='')}")
            if refusal is None:
                continue
            if not refusal.is_missing_bucket:
                raise refusal.as_error()
            _, refusal = await self._call("POST", "bucket", json={"id": name, "name": name, "public": False})
            if refusal is not None and not refusal.is_duplicate:
                raise refusal.as_error()

    async def find_buckets(self, names: Iterable[str]) -> dict[str, bool]:
        """Return those of the buckets that are there, and whether each is open to the public; nothing is made."""
        found: dict[str, bool] = {}
        for name in names:
            response, refusal = await self._call("GET", f"bucket/{quote(name, safe='')}")
            if refusal is None:
                found[name] = _is_public_bucket(response)
            elif not refusal.is_missing_bucket:
                raise refusal.as_error()
        return found

    async def upload(self, path: str, content: Content, *, content_type: str, size: int | None = None) -> None:
        """Store `content` at `path`; an object of the same size that is there already counts as stored.

        Our paths come from ids and hashes of the content, so the same path means the same bytes. A stream may then be
        left unread; give its `size` in bytes where it is known. An object of another size is replaced. Raises
        `PermanentError` FILE_TOO_LARGE, and SOURCE_CORRUPT when a stream is not as long as `size` says.
        """
        source = await source_of(content, size)
        refusal = await self._send(path, source, content_type, upsert=False)
        if refusal is None:
            return
        if not refusal.is_duplicate:
            raise refusal.as_error()
        await self._settle_duplicate(path, source, content_type)

    async def replace(self, path: str, content: Content, *, content_type: str, size: int | None = None) -> None:
        """Store `content` at `path` in place of whatever is there; readers meet the old object or the new one."""
        refusal = await self._send(path, await source_of(content, size), content_type, upsert=True)
        if refusal is not None:
            raise refusal.as_error()

    async def download(self, path: str) -> bytes:
        """Return the object's bytes; meant for small ones."""
        response, refusal = await self._call("GET", f"object/{_quoted(path)}")
        if refusal is not None:
            raise refusal.as_error()
        return response.content

    async def download_to(self, path: str, target: Path) -> str:
        """Write the object to the file `target`; return the SHA-256 of its bytes as hex.

        The file appears under its name only when it is whole. Raises `RecoverableError` DISK_FULL too.
        """
        partial = target.with_name(f"{target.name}.part")
        try:
            with translated():
                async with self._streamed(f"object/{_quoted(path)}") as response:
                    digest = await _write(response, partial)
                await asyncio.to_thread(partial.replace, target)
        finally:
            partial.unlink(missing_ok=True)
        return digest

    async def exists(self, path: str) -> bool:
        """Return whether there is an object at `path`."""
        return await self._find(path) is not None

    async def info(self, path: str) -> ObjectInfo:
        """Return what the storage knows of the object."""
        response, refusal = await self._call("GET", f"object/info/{_quoted(path)}")
        if refusal is not None:
            raise refusal.as_error()
        try:
            return ObjectInfo.model_validate_json(response.content)
        except ValidationError:
            raise broken_contract(response) from None

    async def list_paths(self, prefix: str) -> list[str]:
        """Return the paths of all objects whose path begins with `prefix`, itself of the form of a path."""
        bucket, start = split_path(prefix)
        paths: list[str] = []
        cursor: str | None = None
        while True:
            wanted = {"prefix": start, "limit": _LIST_AT_ONCE} | ({"cursor": cursor} if cursor else {})
            page = await self._list_page(bucket, wanted)
            paths += [f"storage://{bucket}/{found.key or found.name}" for found in page.objects]
            cursor = page.nextCursor
            if not cursor:
                return paths

    async def delete(self, paths: Iterable[str]) -> int:
        """Remove the objects; return how many there were. Missing ones are no error."""
        keys: dict[str, list[str]] = {}
        for path in paths:
            bucket, key = split_path(path)
            keys.setdefault(bucket, []).append(key)
        removed = 0
        for bucket, names in keys.items():
            for start in range(0, len(names), _REMOVE_AT_ONCE):
                removed += await self._remove(bucket, names[start : start + _REMOVE_AT_ONCE])
        return removed

    async def create_signed_url(self, path: str, seconds: int) -> str:
        """Return an address under which anybody can read the object for `seconds`; never log it."""
        response, refusal = await self._call("POST", f"object/sign/{_quoted(path)}", json={"expiresIn": seconds})
        if refusal is not None:
            raise refusal.as_error()
        try:
            signed = _SignedUrl.model_validate_json(response.content).signedURL
        except ValidationError:
            raise broken_contract(response) from None
        return f"{self._base_url}{signed.lstrip('/')}"

    async def _call(
        self, method: str, url: str, *, json: Mapping[str, object] | None = None
    ) -> tuple[httpx.Response, Refusal | None]:
        with translated():
            response = await self._client.request(method, url, json=json)
        return response, refusal_of(response)

    async def _find(self, path: str) -> ObjectInfo | None:
        try:
            return await self.info(path)
        except PermanentError as error:
            if error.code != "SOURCE_MISSING":
                raise
            return None

    async def _list_page(self, bucket: str, wanted: Mapping[str, object]) -> _Page:
        response, refusal = await self._call("POST", f"object/list-v2/{bucket}", json=wanted)
        if refusal is not None:
            raise refusal.as_error()
        try:
            return _Page.model_validate_json(response.content)
        except ValidationError:
            raise broken_contract(response) from None

    async def _remove(self, bucket: str, names: list[str]) -> int:
        response, refusal = await self._call("DELETE", f"object/{bucket}", json={"prefixes": names})
        if refusal is not None:
            raise refusal.as_error()
        try:
            return len(_ROWS.validate_json(response.content))
        except ValidationError:
            raise broken_contract(response) from None

    async def _send(self, path: str, source: Source, content_type: str, *, upsert: bool) -> Refusal | None:
        headers = {"content-type": content_type, "x-upsert": "true" if upsert else "false"}
        if source.size is not None:
            headers["content-length"] = str(source.size)
        async with aclosing(source.blocks()) as blocks:
            with translated():
                response = await self._client.post(f"object/{_quoted(path)}", content=blocks, headers=headers)
        return refusal_of(response)

    async def _settle_duplicate(self, path: str, source: Source, content_type: str) -> None:
        """Leave an object of the right size alone, and replace one of another size."""
        if source.size is None:
            return
        found = await self._find(path)
        if found is not None and found.size == source.size:
            return
        if not source.can_be_sent_again:
            await self.delete([path])
            raise TransientError(
                "STORAGE_UNAVAILABLE",
                "The copy in the object storage was not whole and has been removed; send the file again.",
            )
        refusal = await self._send(path, source, content_type, upsert=True)
        if refusal is not None:
            raise refusal.as_error()

    @asynccontextmanager
    async def _streamed(self, url: str) -> AsyncIterator[httpx.Response]:
        async with self._client.stream("GET", url) as response:
            if not response.is_success:
                await response.aread()
                refusal = refusal_of(response)
                if refusal is not None:
                    raise refusal.as_error()
            yield response


def _service_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(f"{base_url.rstrip('/')}/storage/v1/")
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise UsageError("SETTINGS_INVALID", "The storage's address must be of the form https://name, without a path.")
    return url


def _is_public_bucket(response: httpx.Response) -> bool:
    try:
        return _Bucket.model_validate_json(response.content).public
    except ValidationError:
        raise broken_contract(response) from None


def _quoted(path: str) -> str:
    bucket, key = split_path(path)
    return f"{quote(bucket, safe='')}/{quote(key)}"


async def _write(response: httpx.Response, target: Path) -> str:
    digest = hashlib.sha256()
    with await asyncio.to_thread(target.open, "wb") as file:
        async for block in response.aiter_bytes(_BLOCK_BYTES):
            await asyncio.to_thread(_append, file, digest, block)
    return digest.hexdigest()


def _append(file: BinaryIO, digest: Any, block: bytes) -> None:
    file.write(block)
    digest.update(block)
