"""The headers of the TUS protocol, version 1.0.0: what a client tells about its upload."""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import formatdate

import orjson
from starlette.requests import Request

from accessa.apps.storage.names import check_key
from accessa.apps.storage.records import Description
from accessa.apps.storage.refusals import tus_refusal
from accessa.apps.storage.resumable_table import ResumableUpload

VERSION = "1.0.0"
ABOUT = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,creation-with-upload,termination,expiration",
}
PIECE_TYPE = "application/offset+octet-stream"

_NUMBER = re.compile(r"[0-9]{1,18}")
_SECONDS = re.compile(r"-?[0-9]{1,18}")
_DEFAULT_TYPE = "application/octet-stream"


def check_version(request: Request) -> None:
    """Refuse a client that does not speak this version."""
    if request.headers.get("tus-resumable") != VERSION:
        raise tus_refusal(412, "Tus-Resumable Required", ABOUT)


def told_length(request: Request, most_bytes: int) -> int:
    """Return how long the upload will be; refuse one that is too long, or does not say."""
    length = _number(request, "upload-length")
    if length is None:
        raise tus_refusal(400, "Upload-Length header required")
    if length > most_bytes:
        raise tus_refusal(413, "Maximum size exceeded")
    return length


def told_offset(request: Request) -> int:
    """Return where the piece in the body belongs."""
    if not carries_piece(request):
        raise tus_refusal(403, "Content-Type header required")
    offset = _number(request, "upload-offset")
    if offset is None:
        raise tus_refusal(403, "Upload-Offset header required")
    return offset


def carries_piece(request: Request) -> bool:
    """Whether the body holds bytes of the file."""
    return request.headers.get("content-type", "") == PIECE_TYPE


class ToldMetadata:
    """What the header Upload-Metadata says: pairs of a name and a value in base64."""

    def __init__(self, header: str) -> None:
        """Read the header; refuse one of another form."""
        self._values: dict[str, str] = {}
        for pair in filter(None, (part.strip() for part in header.split(","))):
            name, _, value = pair.partition(" ")
            try:
                self._values[name] = base64.b64decode(value, validate=True).decode()
            except (binascii.Error, ValueError):
                raise tus_refusal(400, "Upload-Metadata is invalid") from None

    @property
    def bucket(self) -> str:
        """The bucket's name, which may be empty."""
        return self._values.get("bucketName", "")

    @property
    def key(self) -> str:
        """The object's name; refused when it is malformed."""
        return check_key(self._values.get("objectName", ""))

    def description(self) -> Description:
        """Return what is said about the object; metadata that is no JSON object counts as none."""
        seconds = self._values.get("cacheControl", "")
        return Description(
            content_type=self._values.get("contentType") or _DEFAULT_TYPE,
            cache_control=f"max-age={seconds}" if _SECONDS.fullmatch(seconds) else "no-cache",
            user_metadata=_json_object(self._values.get("metadata", "")),
        )


def progress(upload: ResumableUpload, received: int) -> dict[str, str]:
    """Return the headers that tell how far an upload is and how long it may take."""
    return {"Upload-Offset": str(received), "Upload-Expires": formatdate(upload.expires_at, usegmt=True)}


def _number(request: Request, name: str) -> int | None:
    value = request.headers.get(name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise tus_refusal(400, f"{name.title()} is invalid")
    return int(value)


def _json_object(text: str) -> dict[str, object] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
