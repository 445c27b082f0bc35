"""Which object keys, bucket names, sizes and content types are well formed."""

from __future__ import annotations

import re

from accessa.apps.storage.refusals import bad_request, invalid_bucket_name, invalid_key, mime_refused

_KEY = re.compile(r"[A-Za-z0-9_/!.*'()&$=@;:+,? -]{1,1024}")
_BUCKET = re.compile(r"[A-Za-z0-9_!.*'()&$=@;:+,? -]{1,63}")
_SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*(gb|mb|kb|b)", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
_CONTENT_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:\s*;[\x20-\x7e]*)?")
_TYPE_PATTERN = re.compile(r"[a-z0-9!#$&^_.+-]+/(?:\*|[a-z0-9!#$&^_.+-]+)")
_LONGEST_TYPE = 255
_HEADER_TEXT = re.compile(r"[\x20-\x7e]{0,1024}")


def check_key(key: str) -> str:
    """Return `key`, or refuse it: foreign characters, a leading slash, `.` and `..` segments, over 1,024 characters."""
    absolute = key.startswith("/")
    climbing = any(segment in {".", ".."} for segment in key.split("/"))
    if absolute or climbing or not _KEY.fullmatch(key):
        raise invalid_key(key)
    return key


def check_bucket_name(name: str) -> str:
    """Return `name`, or refuse it: foreign characters, `.` and `..`, over 63 characters."""
    if name in {".", ".."} or name != name.strip() or not _BUCKET.fullmatch(name):
        raise invalid_bucket_name()
    return name


def size_in_bytes(value: int | str | None) -> int | None:
    """Return a bucket's size limit in bytes; a text carries its unit, as 20GB, 20MB, 30KB or 3B (powers of ten)."""
    if value is None or isinstance(value, int):
        return value
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise bad_request("Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def check_content_type(content_type: str, allowed: tuple[str, ...] | None) -> str:
    """Return `content_type`, or refuse it: malformed, or covered by none of the `allowed` types (`text/*` works)."""
    kind = content_type.partition(";")[0].strip().lower()
    if len(content_type) > _LONGEST_TYPE or not _CONTENT_TYPE.fullmatch(content_type):
        raise mime_refused(ascii(kind)[1:-1][:_LONGEST_TYPE])
    if allowed and not any(_covers(pattern, kind) for pattern in allowed):
        raise mime_refused(kind)
    return content_type


def check_type_patterns(patterns: list[str]) -> tuple[str, ...]:
    """Return what a bucket allows, without parameters and repetitions; refuse what is neither a type nor `kind/*`."""
    plain = [pattern.partition(";")[0].strip().lower() for pattern in patterns]
    for pattern in plain:
        if len(pattern) > _LONGEST_TYPE or not _TYPE_PATTERN.fullmatch(pattern):
            raise mime_refused(ascii(pattern)[1:-1][:_LONGEST_TYPE])
    return tuple(dict.fromkeys(plain))


def check_header_text(value: str) -> str:
    """Return `value`, or refuse it because it cannot be sent back as a header."""
    if not _HEADER_TEXT.fullmatch(value):
        raise bad_request("The cache control holds a character that no header may hold")
    return value


def _covers(pattern: str, kind: str) -> bool:
    if pattern == "*/*":
        return True
    return kind.startswith(pattern[:-1]) if pattern.endswith("/*") else kind == pattern
