"""Files that are built to harm whoever opens them; each is small and made in a moment."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

WORD = "word/document.xml"
TEXT = b"<w:document/>"


def archive(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive with a Word part and these entries."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method, compresslevel=9) as target:
        for name, content in ((WORD, TEXT), *entries):
            target.writestr(name, content)
    return packed.getvalue()


def lying_archive() -> bytes:
    """Two megabytes that say of themselves that they are ten bytes."""
    content = bytearray(archive(("big.xml", bytes(2_000_000))))
    directory = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, directory + 24, 10)
    return bytes(content)


def shortened_archive() -> bytes:
    """An archive that has lost its first bytes, so that its entries lie before its beginning."""
    return archive()[5:]


def drawn_out_archive() -> bytes:
    """An archive whose entity declaration comes out in three pieces, each after a megabyte of packed nothing."""
    pieces = [
        b"\0" + struct.pack("<HH", len(text), 0xFFFF - len(text)) + text for text in (b"<!EN", b"TI", b"TY a ''>")
    ]
    packed = (b"\0\0\0\xff\xff" * 200_000).join(pieces) + b"\1\0\0\xff\xff"
    content = bytearray(archive(("a.xml", packed), method=zipfile.ZIP_STORED))
    entry, directory = content.rindex(b"PK\x03\x04"), content.rindex(b"PK\x01\x02")
    struct.pack_into("<H", content, entry + 8, zipfile.ZIP_DEFLATED)
    struct.pack_into("<H", content, directory + 10, zipfile.ZIP_DEFLATED)
    struct.pack_into("<L", content, directory + 24, len(b"<!ENTITY a ''>"))
    return bytes(content)


def overlapping_archive() -> bytes:
    """A hundred entries that are all the same bytes, as in a quoted bomb."""
    content = archive(("a.xml", bytes(200_000)))
    begin, end = content.index(b"PK\x01\x02"), content.rindex(b"PK\x05\x06")
    directory, last = content[begin:end], content[content.rindex(b"PK\x01\x02") : end]
    directory += last * 100
    closing = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 102, 102, len(directory), begin, 0)
    return content[:begin] + directory + closing


def nested_archive(levels: int) -> bytes:
    """An archive in an archive, and so on; the innermost holds a megabyte of zeros."""
    inner = archive(("zeros", bytes(1_000_000)))
    for _ in range(levels):
        inner = archive(("inner.zip", inner))
    return inner


def entity_archive(encoding: str) -> bytes:
    """A Word document whose XML doubles thirty times once its entities are put in."""
    entities = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 30))
    xml = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><x>&a29;</x>'
    return archive(("word/footer.xml", xml.encode(encoding)))


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """Return a PDF of these objects, of which the first is its catalogue."""
    content, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    ending = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
    return content + table + ending % (len(objects) + 1, trailer, len(content))


CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"


def stream(content: bytes, fields: bytes) -> bytes:
    """Return a stream object."""
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (fields, len(content), content)


def packed_zeros(megabytes: int) -> bytes:
    """Return zeros, packed twice; as each block stands for itself, one block is enough to make them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (megabytes * 1_000_000 % 65521) << 16 | 1
    return zlib.compress(b"\x78\xda" + block * megabytes + b"\x03\x00" + checksum.to_bytes(4, "big"), 9)


def flate_bomb_pdf() -> bytes:
    """One page whose content is packed twice: a few kilobytes that become two gigabytes."""
    content = stream(packed_zeros(2000), b"/Filter[/FlateDecode/FlateDecode]")
    return pdf(
        CATALOGUE,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        content,
    )


def circular_pages_pdf() -> bytes:
    """A tree of pages whose branches are each other's children."""
    return pdf(
        CATALOGUE,
        b"<</Type/Pages/Kids[3 0 R]/Count 5>>",
        b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 3 0 R]/Count 5>>",
    )


def circular_table_pdf() -> bytes:
    """A cross-reference table whose predecessor is itself."""
    plain = pdf(CATALOGUE, b"<</Type/Pages/Kids[]/Count 0>>", trailer=b"/Prev 0000")
    place = plain.rindex(b"\nxref\n") + 1
    return plain.replace(b"/Prev 0000", b"/Prev %04d" % place)


def many_pages_pdf() -> bytes:
    """A tree that says of itself to have a hundred million pages."""
    return pdf(
        CATALOGUE,
        b"<</Type/Pages/Kids[3 0 R]/Count 100000000>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
    )


def deeply_nested_pdf() -> bytes:
    """A catalogue with a list in a list, a hundred thousand times."""
    depth = 100_000
    return pdf(
        b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * depth + b"]" * depth + b">>", b"<</Type/Pages/Kids[]/Count 0>>"
    )


def object_stream_bomb_pdf() -> bytes:
    """A cross-reference stream of a few kilobytes that unpacks to two gigabytes as soon as the file is opened."""
    fields = b"/Type/XRef/W[1 4 2]/Size 300000000/Root 1 0 R/Filter[/FlateDecode/FlateDecode]"
    content = b"%PDF-1.7\n1 0 obj\n" + CATALOGUE + b"\nendobj\n"
    table = b"9 0 obj\n" + stream(packed_zeros(2000), fields) + b"\nendobj\n"
    return content + table + b"startxref\n%d\n%%%%EOF\n" % len(content)


PDFS: dict[str, Callable[[], bytes]] = {
    "nested Flate": flate_bomb_pdf,
    "circular pages": circular_pages_pdf,
    "circular cross-reference": circular_table_pdf,
    "a hundred million pages": many_pages_pdf,
    "deep nesting": deeply_nested_pdf,
    "object stream": object_stream_bomb_pdf,
}
