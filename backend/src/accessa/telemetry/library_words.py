"""What a library logs, as far as it cannot quote a document: most put values of ours into their messages."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from logging import LogRecord

from accessa.telemetry.redaction import redact

_MOST_CHARS = 200
_UNTOLD = "A library said something"
# It logs addresses and signals of its own server, nothing of a request.
_WHOLE = "uvicorn"
# Its first line begins with fixed words; what follows shows objects, of which an error quotes its text.
_FIRST_WORDS = "asyncio"
_OBJECT = re.compile(r"\s*[<(\[{'\":].*", re.DOTALL)


def words_of_library(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Keep the fixed words of a library's message, and name the library and the place that speaks."""
    record, values = event["_record"], event.pop("positional_args", ())
    if isinstance(record, LogRecord):
        words = _fixed(record, str(event["event"]), has_values=bool(values))
        event["event"] = redact(words.split("\n", 1)[0])[:_MOST_CHARS]
        event["logger"] = f"{record.name} {record.filename}:{record.lineno}"
    return event


def _fixed(record: LogRecord, message: str, *, has_values: bool) -> str:
    library = record.name.partition(".")[0]
    if library == _WHOLE:
        return message
    if has_values:
        return str(record.msg)
    return _OBJECT.sub("", message) if library == _FIRST_WORDS else _UNTOLD
