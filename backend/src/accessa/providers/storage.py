"""Client of Supabase Storage, and of the local service with the same contract."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from accessa.domain.errors import PermanentError, TransientError
from accessa.providers.call_lines import told_of_storage
from accessa.providers.storage_connection import StorageConnection
from accessa.providers.storage_errors import Refusal, broken_contract, refusal_of, translated
from accessa.providers.storage_paths import BUCKETS, document_prefixes, owner_of, parsed_path, raw_path, split_path
from accessa.providers.storage_sources import SMALL_BYTES, Content, Source, source_of
from accessa.providers.traced_calls import call_span, note_answer

__all__ = [
    "BUCKETS",
    "SMALL_BYTES",
    "ObjectInfo",
    "SignedUpload",
    "StorageClient",
    "StoredObject",
    "document_prefixes",
    "owner_of",
    "parsed_path",
    "raw_path",
    "split_path",
]

# The hosted service takes no more names in one request.
_REMOVE_AT_ONCE = 1000
_LIST_AT_ONCE = 1000
_BLOCK_BYTES = 1024 * 1024
_ROWS = TypeAdapter(list[dict[str, Any]])


class ObjectInfo(BaseModel):
    """What the storage knows of an object; `size` in bytes."""

    model_config = ConfigDict(frozen=True)

    size: int
    content_type: str | None = None
    etag: str | None = None


class StoredObject(BaseModel):
    """One entry of a list; `updated_at` is None where the storage does not tell."""

    model_config = ConfigDict(frozen=True)

    path: str
    updated_at: datetime | None


class SignedUpload(BaseModel):
    """A right to store one object without a key: never log it. `expires_at` is None where the token does not tell."""

    model_config = ConfigDict(frozen=True)

    url: str
    token: str
    expires_at: datetime | None


class _SignedUrl(BaseModel):
    signedURL: str  # noqa: N815 - the field's name on the wire


class _Listed(BaseModel):
    name: str
    key: str | None = None
    updated_at: datetime | None = None


class _Page(BaseModel):
    objects: list[_Listed]
    nextCursor: str | None = None  # noqa: N815 - the field's name on the wire


class _Bucket(BaseModel):
    id: str
    public: bool


class _SignedUploadUrl(BaseModel):
    url: str
    token: str


class StorageClient(StorageConnection):
    """Keeps documents under paths of the form `storage://bucket/key`.

    Every method raises errors of our tree only: `RecoverableError` STORAGE_UNAVAILABLE, STORAGE_REFUSED or
    STORAGE_FULL, and where an object is named, `PermanentError` SOURCE_MISSING. A path of another form is a ValueError.
    """

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

    async def download_hashed(self, path: str) -> tuple[bytes, str]:
        """Return the object's bytes and their SHA-256 as hex; meant for small ones, others go to a file."""
        content = await self.download(path)
        if len(content) > SMALL_BYTES:
            return content, await asyncio.to_thread(_sha256, content)
        return content, _sha256(content)

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

    async def blocks(self, path: str) -> AsyncGenerator[bytes]:
        """Yield the object's bytes in blocks, so that an object of any size needs no room."""
        with translated():
            async with self._streamed(f"object/{_quoted(path)}") as response:
                async for block in response.aiter_bytes(_BLOCK_BYTES):
                    yield block

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
        return await self._list_all(*split_path(prefix))

    async def list_bucket(self, name: str) -> list[str]:
        """Return the paths of all objects of a bucket."""
        return await self._list_all(name, "")

    async def empty_bucket(self, name: str) -> None:
        """Remove all objects of a bucket; the hosted service only promises to do so within the hour."""
        _, refusal = await self._call("POST", f"bucket/{quote(name, safe='')}/empty")
        if refusal is not None:
            raise refusal.as_error()

    async def _list_all(self, bucket: str, start: str) -> list[str]:
        paths: list[str] = []
        cursor: str | None = None
        while True:
            found, cursor = await self.list_page(bucket, start, cursor)
            paths += [stored.path for stored in found]
            if not cursor:
                return paths

    async def list_page(self, bucket: str, prefix: str, cursor: str | None) -> tuple[list[StoredObject], str | None]:
        """Return up to a thousand objects of a bucket behind `cursor`, and the cursor of the next page, if any."""
        wanted = {"prefix": prefix, "limit": _LIST_AT_ONCE} | ({"cursor": cursor} if cursor else {})
        page = await self._list_page(bucket, wanted)
        found = [
            StoredObject(path=f"storage://{bucket}/{listed.key or listed.name}", updated_at=listed.updated_at)
            for listed in page.objects
        ]
        return found, page.nextCursor

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
        return f"{self._public_url}{signed.lstrip('/')}"

    async def create_signed_upload_url(self, path: str, *, upsert: bool = False) -> SignedUpload:
        """Return an address to which anybody can send the object once, or with `upsert` again; never log it.

        Raises `RecoverableError` STORAGE_REFUSED with the provider's status 409 when the object is there already.
        """
        headers = {"x-upsert": "true" if upsert else "false"}
        response, refusal = await self._call("POST", f"object/upload/sign/{_quoted(path)}", headers=headers)
        if refusal is not None:
            raise refusal.as_error()
        try:
            signed = _SignedUploadUrl.model_validate_json(response.content)
        except ValidationError:
            raise broken_contract(response) from None
        url = f"{self._public_url}{signed.url.lstrip('/')}"
        return SignedUpload(url=url, token=signed.token, expires_at=_expiry_of(signed.token))

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
        if source.is_small:
            _, refusal = await self._call(
                "POST", f"object/{_quoted(path)}", content=await source.whole(), headers=headers
            )
            return refusal
        if source.size is not None:
            headers["content-length"] = str(source.size)
        async with aclosing(source.blocks()) as blocks:
            url = f"object/{_quoted(path)}"
            with told_of_storage("POST", url) as told, call_span("POST", self._base_url, url) as span, translated():
                response = await self._client.post(url, content=blocks, headers=headers)
                told.take(response)
                note_answer(span, response)
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


def _is_public_bucket(response: httpx.Response) -> bool:
    try:
        return _Bucket.model_validate_json(response.content).public
    except ValidationError:
        raise broken_contract(response) from None


def _quoted(path: str) -> str:
    bucket, key = split_path(path)
    return f"{quote(bucket, safe='')}/{quote(key)}"


def _expiry_of(token: str) -> datetime | None:
    import jwt  # noqa: PLC0415 - it takes ten megabytes, and workers never ask

    try:
        claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError):
        return None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


async def _write(response: httpx.Response, target: Path) -> str:
    digest = hashlib.sha256()
    with await asyncio.to_thread(target.open, "wb") as file:
        async for block in response.aiter_bytes(_BLOCK_BYTES):
            await asyncio.to_thread(_append, file, digest, block)
    return digest.hexdigest()


def _append(file: BinaryIO, digest: Any, block: bytes) -> None:
    file.write(block)
    digest.update(block)
