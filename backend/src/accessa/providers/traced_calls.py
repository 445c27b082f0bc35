"""HTTP calls as spans: method, host and the path without ids; never the address itself, which may be signed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import httpx

from accessa.domain.addresses import host_of
from accessa.telemetry import traces

_UNTRACED = nullcontext(traces.NO_SPAN)
_FIRST_ERROR = 400
# Whatever else a path holds is an id, or the name of a bucket or an object.
_WORDS = frozenset(
    {
        *("api", "v1", "v2", "beta", "files", "content", "parse", "versions", "cancel"),
        *("embeddings", "models", "batches"),
        *("bucket", "object", "info", "sign", "upload", "list-v2"),
    }
)


def call_span(method: str, base_url: str, path: str) -> AbstractContextManager[traces.Span]:
    """Open the span of a call to `path` below `base_url`, if the present work is traced."""
    if not traces.is_on():
        return _UNTRACED
    template = template_of(path)
    return traces.span(
        f"{method} {template}",
        kind="client",
        http_method=method,
        server_address=host_of(base_url),
        url_template=template,
    )


def template_of(path: str) -> str:
    """Return a path with stars in place of all that is not a fixed part of an address."""
    parts = path.partition("?")[0].strip("/").split("/")
    return "/" + "/".join(part if part in _WORDS else "*" for part in parts)


def note_answer(span: traces.Span, response: httpx.Response) -> None:
    """Tell the status of an answer; one that refuses fails the span."""
    span.note(http_status=response.status_code)
    if response.status_code >= _FIRST_ERROR:
        span.fail(str(response.status_code))
