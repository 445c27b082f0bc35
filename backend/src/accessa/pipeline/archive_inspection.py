"""Looks into an archive (DOCX) without believing what it says of itself: sizes are counted while it is unpacked."""

from __future__ import annotations

import codecs
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from accessa.domain.file_types import has_word_part

BOMB = "FILE_UNPACKS_TOO_LARGE"

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_BLOCK_BYTES = 1_000_000
# Text of office documents packs by a factor of 10 to 50; deflate itself ends at 1032.
_LARGEST_RATIO = 200
_RATIO_MATTERS_FROM = 25_000_000
_MOST_ENTRIES = 20_000
_MOST_LEVELS = 2
_LARGEST_INNER = 50_000_000
_ARCHIVE = b"PK\x03\x04"
# The format allows no document type; one with entities has no purpose but to grow in the reader.
_ENTITIES = tuple("<!ENTITY".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


# Names in an archive may be of this code page; the codec has to be loaded before files can no longer be opened.
codecs.lookup("cp437")


class _Refusal(Exception):  # noqa: N818 - it says how a look ends, which is no error of ours
    def __init__(self, code: str) -> None:
        self.code = code


class _Budget:
    """The bytes that may still come out of the archive, and of the archives within it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.spent = 0

    def check(self, declared: int) -> None:
        if self.spent + declared > self._most:
            raise _Refusal(BOMB)

    def take(self, length: int) -> None:
        self.check(length)
        self.spent += length


def inspect_archive(file: BinaryIO, most: int) -> dict[str, object]:
    """Return how many bytes a DOCX unpacks to, or the code of what is wrong with it; it is read once, in blocks."""
    try:
        entries = _entries(file)
        if any(entry.flag_bits & 0x1 for entry in entries):
            return {"code": "FILE_PROTECTED"}
        if not has_word_part([entry.filename for entry in entries]):
            return {"code": "UNSUPPORTED_TYPE"}
        budget = _Budget(most)
        _unpack(file, entries, budget, _MOST_LEVELS)
    except _Refusal as refusal:
        return {"code": refusal.code}
    return {"unpacked_bytes": budget.spent}


def _entries(file: BinaryIO) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise _Refusal("FILE_BROKEN") from None


def _unpack(file: BinaryIO, entries: list[zipfile.ZipInfo], budget: _Budget, levels: int) -> None:
    budget.check(sum(entry.file_size for entry in entries))
    if len(entries) > _MOST_ENTRIES or _overlap(entries):
        raise _Refusal(BOMB)
    packed = unpacked = 0
    for entry in entries:
        size = _read(file, entry, budget, levels)
        if size != entry.file_size:
            raise _Refusal(BOMB if size > entry.file_size else "FILE_BROKEN")
        packed, unpacked = packed + entry.compress_size, unpacked + size
        if unpacked > max(_RATIO_MATTERS_FROM, packed * _LARGEST_RATIO):
            raise _Refusal(BOMB)


def _overlap(entries: list[zipfile.ZipInfo]) -> bool:
    """Whether entries share bytes: then a small file unpacks to many times its size without any one being large."""
    placed = sorted(entries, key=lambda entry: entry.header_offset)
    return any(
        first.header_offset + 30 + first.compress_size > second.header_offset for first, second in pairwise(placed)
    )


def _read(file: BinaryIO, entry: zipfile.ZipInfo, budget: _Budget, levels: int) -> int:
    """Unpack one entry to nowhere; return its size."""
    size, tail, inner = 0, b"", None
    for block in _content(file, entry):
        budget.take(len(block))
        if not size and block.startswith(_ARCHIVE):
            inner = io.BytesIO()
        if inner is not None and size < _LARGEST_INNER:
            inner.write(block)
        elif any(mark in tail + block for mark in _ENTITIES):
            raise _Refusal(BOMB)
        size, tail = size + len(block), (tail + block)[-16:]
    if inner is not None:
        _look_inside(inner, size, budget, levels)
    return size


def _look_inside(inner: BinaryIO, size: int, budget: _Budget, levels: int) -> None:
    if not levels or size > _LARGEST_INNER:
        raise _Refusal(BOMB)
    _unpack(inner, _entries(inner), budget, levels - 1)


def _content(file: BinaryIO, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    left = _find_content(file, entry)
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS) if entry.compress_type == zipfile.ZIP_DEFLATED else None
    if unpacker is None and entry.compress_type != zipfile.ZIP_STORED:
        raise _Refusal("FILE_BROKEN")
    while left and (packed := file.read(min(left, _BLOCK_BYTES))):
        left -= len(packed)
        yield from _unpacked(unpacker, packed) if unpacker else (packed,)
    if left:
        raise _Refusal("FILE_BROKEN")


def _unpacked(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    block = b""
    # A full block may leave some of its output behind although all input is taken.
    while packed or len(block) == _BLOCK_BYTES:
        try:
            block = unpacker.decompress(packed, _BLOCK_BYTES)
        except zlib.error:
            raise _Refusal("FILE_BROKEN") from None
        if block:
            yield block
        packed = unpacker.unconsumed_tail


def _find_content(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    """Move to the packed bytes of an entry; return how many there are."""
    if entry.header_offset < 0:  # an archive that has lost some of its bytes
        raise _Refusal("FILE_BROKEN")
    file.seek(entry.header_offset)
    header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(_ARCHIVE):
        raise _Refusal("FILE_BROKEN")
    _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    file.seek(name_length + extra_length, io.SEEK_CUR)
    return entry.compress_size
