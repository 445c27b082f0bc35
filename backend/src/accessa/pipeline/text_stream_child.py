"""The child process that lays out a large text, part by part: a text file, or a JSON list of pages."""

from __future__ import annotations

import codecs
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict

import orjson

from accessa.domain.normalise import ATTEMPTS, IMAGE, LinksRemainError, PageInParts, WholePageNeededError
from accessa.domain.text_decoding import decode_blocks, find_encoding
from accessa.pipeline.confinement import OUT_OF_MEMORY, confine
from accessa.pipeline.encoding_guess import guess_encoding
from accessa.pipeline.text_frames import ANEW, FACTS, TEXT, write_frame
from accessa.pipeline.text_layout import LaidOutText, normal_text

_BLOCK_BYTES = 1024 * 1024
_FRAME_BYTES = 256 * 1024
_MEMORY_BYTES = 2_000_000_000
_CPU_SECONDS = 500


def main() -> None:
    """Serve the one file given by kind and number; leave with `OUT_OF_MEMORY` when it needs too much."""
    kind, number = sys.argv[1], int(sys.argv[2])
    try:
        _lay_out_pages(number) if kind == "pages" else _lay_out_file(number)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


def _lay_out_pages(number: int) -> None:
    confine(memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS)
    _send_whole(normal_text(orjson.loads(b"".join(_blocks(number)))))


def _lay_out_file(number: int) -> None:
    encoding, mark_length = find_encoding(_blocks(number), guess_encoding)
    codecs.getincrementaldecoder(encoding)  # loads the module of the encoding while files can still be opened
    confine(memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS)

    def parts() -> Iterator[str]:
        for part in decode_blocks(_blocks(number), encoding, mark_length):
            yield part.encode("utf-8", "replace").decode()

    for passes in ATTEMPTS:
        page = PageInParts(passes)
        try:
            facts = _send_parts(page.normal_parts(parts()))
        except LinksRemainError:
            write_frame(sys.stdout.buffer, ANEW)
            continue
        except WholePageNeededError:
            write_frame(sys.stdout.buffer, ANEW)
            _send_whole(normal_text(["".join(parts())]))
            return
        _send_facts(facts | {"removed_characters": page.removed_characters})
        return


def _blocks(number: int) -> Iterator[bytes]:
    """Yield the file's bytes from its beginning on."""
    os.lseek(number, 0, os.SEEK_SET)
    while block := os.read(number, _BLOCK_BYTES):
        yield block


def _send_parts(parts: Iterable[str]) -> dict[str, object]:
    """Send a page as it is made; return what is known of it."""
    characters, has_text = 0, False
    held: list[bytes] = []
    size = 0
    for part in parts:
        characters += len(part)
        has_text = has_text or bool(part.replace(IMAGE, "").strip())
        held.append(part.encode())
        size += len(held[-1])
        if size >= _FRAME_BYTES:
            _send_text(b"".join(held))
            held, size = [], 0
    _send_text(b"".join(held))
    return {"characters": characters, "page_starts": [0], "pages_without_text": int(not has_text)}


def _send_whole(text: LaidOutText) -> None:
    _send_text(text.content)
    facts = asdict(text)
    del facts["content"]
    _send_facts(facts)


def _send_text(content: bytes) -> None:
    for start in range(0, len(content), _FRAME_BYTES):
        write_frame(sys.stdout.buffer, TEXT, content[start : start + _FRAME_BYTES])


def _send_facts(facts: dict[str, object]) -> None:
    write_frame(sys.stdout.buffer, FACTS, orjson.dumps(facts))


if __name__ == "__main__":
    main()
