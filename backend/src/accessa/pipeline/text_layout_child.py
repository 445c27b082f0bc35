"""The child process of `text_layout`: reads pages as JSON and prints a line of facts, then the text."""

from __future__ import annotations

import sys
from dataclasses import asdict

import orjson

from accessa.pipeline.confinement import OUT_OF_MEMORY, confine
from accessa.pipeline.text_layout import normal_text

_MEMORY_BYTES = 2_000_000_000
_CPU_SECONDS = 500


def main() -> None:
    """Serve the one document on stdin; leave with `OUT_OF_MEMORY` when it needs too much."""
    confine(memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS)
    try:
        facts = asdict(normal_text(orjson.loads(sys.stdin.buffer.read())))
        content = facts.pop("content")
        sys.stdout.buffer.write(orjson.dumps(facts) + b"\n" + content)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)


if __name__ == "__main__":
    main()
