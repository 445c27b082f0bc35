"""The parsing child: reads tasks from stdin and writes pages to stdout, one JSON line each."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

from mock_providers.llamaparse.failures import SENTENCES, ParseFailureError, Reason
from mock_providers.llamaparse.page_store import Page
from mock_providers.llamaparse.parsing.limits import allow_cpu_seconds, limit_memory, shut_out
from mock_providers.llamaparse.parsing.sniffing import Kind, kind_of
from mock_providers.llamaparse.parsing.task import ParseTask

Reader = Callable[[ParseTask], Iterator[list[Page]]]
Handover = Callable[[], bytes]
Message = dict[str, Any]


def main() -> None:
    """Serve tasks until stdin ends; the one argument is the memory limit in megabytes."""
    # A signal to the whole group is for the parent to answer: a child that dies first would fail its document.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    shut_out()
    limit_memory(int(sys.argv[1]))
    # The objects of a page are many and hold no circles: looking for those among them took a tenth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    # A library that prints must not write between our lines.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in iter(sys.stdin.buffer.readline, b""):
        for message in answer(ParseTask.of_line(line), sys.stdin.buffer.readline):
            answers.write(json.dumps(message).encode() + b"\n")
            answers.flush()


def answer(task: ParseTask, handover: Handover) -> Iterator[Message]:
    """Give `{"pages": […]}` per range, then `{"done": true}` or `{"failed": reason, "sentence": …}`.

    For a PDF of several ranges it is `{"ranges": […]}` alone: each is asked for as a task of its own, and answered by
    `{"ready": true}`. The child then waits for a line with what the range before has handed on, which is empty for the
    first, and gives its pages and what it hands on itself.
    """
    try:
        allow_cpu_seconds(task.range_cpu_seconds)
        kind = kind_of(Path(task.path))
        if kind == "pdf":
            yield from _answer_pdf(task, handover)
        else:
            yield from ({"pages": _plain(pages)} for pages in _reader(kind)(task))
        yield {"done": True}
    except ParseFailureError as failure:
        yield {"failed": failure.reason, "sentence": str(failure)}
    except MemoryError:
        yield _failed(Reason.DOCUMENT_TOO_LARGE)
    except Exception:  # noqa: BLE001 whatever a parser raises on odd input ends this job only
        yield _failed(Reason.ERROR_DURING_PROCESSING)


def _answer_pdf(task: ParseTask, handover: Handover) -> Iterator[Message]:
    pdf = import_module("mock_providers.llamaparse.parsing.from_pdf")
    if task.pages is None:
        ranges = pdf.wanted_ranges(task)
        if len(ranges) > 1:
            yield {"ranges": [(pages.start, pages.stop) for pages in ranges]}
        else:
            yield from ({"pages": _plain(pages)} for pages in pdf.read_pdf(task))
        return
    reader = pdf.RangeReader(task)
    reader.prepare(range(*task.pages))
    yield {"ready": True}
    if handed_on := json.loads(handover()):
        reader.writer.resume(handed_on)
    pages = reader.finish()
    yield {"pages": _plain(pages), "handed_on": json.dumps(reader.writer.handed_on())}


def _plain(pages: list[Page]) -> list[dict[str, Any]]:
    return [asdict(page) for page in pages]


def _failed(reason: Reason) -> dict[str, Any]:
    return {"failed": reason, "sentence": SENTENCES[reason]}


def _reader(kind: Kind) -> Reader:
    """Load only the reader that this kind of file needs: each brings a library of its own."""
    module = import_module(f"mock_providers.llamaparse.parsing.from_{kind}")
    reader: Reader = getattr(module, f"read_{kind}")
    return reader


if __name__ == "__main__":
    main()
