"""The two things that the storage keeps: buckets and objects, with the forms in which the API tells them."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson


def as_timestamp(seconds: float) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class BucketOptions:
    """What the creator of a bucket decides; sizes in bytes."""

    public: bool = False
    file_size_limit: int | None = None
    allowed_mime_types: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; times in seconds since 1970."""

    bucket_id: str
    owner: str
    options: BucketOptions
    created_at: float
    updated_at: float

    def as_json(self) -> dict[str, Any]:
        """Return the bucket as the API tells it."""
        allowed = self.options.allowed_mime_types
        return {
            "id": self.bucket_id,
            "name": self.bucket_id,
            "owner": self.owner,
            "public": self.options.public,
            "type": "STANDARD",
            "file_size_limit": self.options.file_size_limit,
            "allowed_mime_types": None if allowed is None else list(allowed),
            "created_at": as_timestamp(self.created_at),
            "updated_at": as_timestamp(self.updated_at),
        }


@dataclass(frozen=True, slots=True)
class Description:
    """What an uploader says about an object."""

    content_type: str
    cache_control: str
    user_metadata: dict[str, Any] | None

    @classmethod
    def of_row(cls, row: sqlite3.Row) -> Description:
        """Return the description that the columns of a row hold."""
        metadata = row["user_metadata"]
        return cls(row["content_type"], row["cache_control"], None if metadata is None else orjson.loads(metadata))

    def columns(self) -> tuple[str, str, str | None]:
        """Return content type, cache control and metadata as a row holds them."""
        metadata = None if self.user_metadata is None else orjson.dumps(self.user_metadata).decode()
        return self.content_type, self.cache_control, metadata


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object; `version` names its bytes on disk, `size` is in bytes, times in seconds since 1970."""

    bucket_id: str
    key: str
    object_id: str
    version: str
    size: int
    etag: str
    description: Description
    owner: str | None
    created_at: float
    updated_at: float

    def as_json(self) -> dict[str, Any]:
        """Return the object as lists and removals tell it."""
        modified = as_timestamp(self.updated_at)
        return {
            "id": self.object_id,
            "name": self.key,
            "bucket_id": self.bucket_id,
            "owner": self.owner or "",
            "owner_id": self.owner,
            "version": self.version,
            "created_at": as_timestamp(self.created_at),
            "updated_at": modified,
            "last_accessed_at": modified,
            "metadata": {
                "eTag": self.etag,
                "size": self.size,
                "mimetype": self.description.content_type,
                "cacheControl": self.description.cache_control,
                "lastModified": modified,
                "contentLength": self.size,
                "httpStatusCode": 200,
            },
            "user_metadata": self.description.user_metadata,
        }

    def as_info(self) -> dict[str, Any]:
        """Return the object as `object/info` tells it."""
        return {
            "id": self.object_id,
            "name": self.key,
            "version": self.version,
            "bucket_id": self.bucket_id,
            "size": self.size,
            "content_type": self.description.content_type,
            "cache_control": self.description.cache_control,
            "etag": self.etag,
            "metadata": self.description.user_metadata or {},
            "last_modified": as_timestamp(self.updated_at),
            "created_at": as_timestamp(self.created_at),
        }
