"""Each code is raised as what it is: what passes is counted, what has to be waited for is not, what is final ends."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from accessa.domain.error_catalogue import CATALOGUE, WAITING_PROMISE, Retry

SOURCE = Path(__file__).resolve().parents[3] / "src" / "accessa"
COUNTED, WAITED_FOR, FINAL = "TransientError", "RecoverableError", "PermanentError"
KINDS = {COUNTED, WAITED_FOR, FINAL}
OF_THE_DATABASE = {"DatabaseTroubleError", "ConflictError", "ConnectionLostError", "CommitUnknownError"}
# What `http_calls` makes of each field of a provider's codes, and what the parse provider's reasons are.
OF_FIELD = {
    "unavailable": (COUNTED, WAITED_FOR),
    "rate_limited": (WAITED_FOR,),
    "rejected_key": (WAITED_FOR,),
    "refused": (FINAL,),
    "bad_response": (COUNTED,),
}
OF_TABLE = {"_PERMANENT_REASONS": FINAL, "_PASSING_REASONS": COUNTED}


@cache
def kinds_by_code() -> dict[str, set[str]]:
    """Return under which kinds of error the workers' part of the source raises each code."""
    found: dict[str, set[str]] = defaultdict(set)
    folders = ("pipeline", "providers", "store", "apps/worker")
    for path in (path for folder in folders for path in (SOURCE / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for kind, code in pairs_of(node):
                found[code].add(kind)
    return {code: kinds for code, kinds in found.items() if code in CATALOGUE}


def pairs_of(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield kind and code of an error that a piece of source makes, or keeps for one."""
    match node:
        case ast.Call(func=ast.Name(id="ErrorCodes"), keywords=fields):
            for field in fields:
                yield from ((kind, code) for kind in OF_FIELD[str(field.arg)] for code in texts_in(field.value))
        case ast.Call(func=ast.Name(id=kind), args=[code, *_]) if kind in KINDS | OF_THE_DATABASE:
            kind = WAITED_FOR if kind in OF_THE_DATABASE else kind
            yield from ((kind, text) for text in texts_in(code))
        case ast.Tuple(elts=[ast.Name(id=kind), code, *_]) if kind in KINDS:
            yield from ((kind, text) for text in texts_in(code))
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict(values=values)) if name in OF_TABLE:
            yield from ((OF_TABLE[name], text) for value in values for text in texts_in(value))


def texts_in(node: ast.AST) -> Iterator[str]:
    """Yield the texts in an expression."""
    return (part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))


def test_only_real_failures_are_counted() -> None:
    """Exactly these use up attempts; a limit, an outage, an empty account or a full disk is waited for at no cost."""
    counted = {code for code, kinds in kinds_by_code().items() if COUNTED in kinds}

    assert {
        *("PARSE_FAILED", "PARSE_TIMEOUT", "PARSE_UNAVAILABLE", "PARSE_BAD_RESPONSE"),
        *("EMBED_UNAVAILABLE", "EMBED_BAD_RESPONSE", "EMBED_BATCH_FAILED", "SOURCE_CORRUPT", "INTERNAL"),
        "SOURCE_MISSING",  # for the first looks: a storage behind a cache may not know the file yet
        "STORAGE_UNAVAILABLE",  # only where an upload's stream cannot be sent again, which no worker has
    } == counted


def test_what_is_waited_for_never_ends_a_job() -> None:
    """These end by themselves or by somebody's hand, so no job fails over them."""
    always = {code for code, kinds in kinds_by_code().items() if kinds == {WAITED_FOR}}
    wanted = {
        *("PARSE_RATE_LIMITED", "PARSE_NO_CREDIT", "PARSE_REJECTED_KEY", "EMBED_RATE_LIMITED", "EMBED_NO_CREDIT"),
        *("EMBED_REJECTED_KEY", "EMBED_MODEL_UNKNOWN", "PROVIDER_IS_MOCK", "STORAGE_REFUSED"),
        *("STORAGE_FULL", "DATABASE_UNAVAILABLE", "DISK_FULL", "SCHEMA_UNKNOWN"),
    }

    assert set() == wanted - always


def test_a_sentence_and_the_worth_of_a_retry_fit_the_kind() -> None:
    """What no retry can help is final at once, and a sentence that promises to go on by itself is of no final error."""
    kinds = kinds_by_code()
    useless = {code for code, entry in CATALOGUE.items() if entry.retry is Retry.USELESS}
    going_on = {code for code, entry in CATALOGUE.items() if WAITING_PROMISE in entry.sentence}

    assert [] == [code for code in useless & kinds.keys() if kinds[code] != {FINAL}]
    assert [] == [code for code in going_on if FINAL in kinds[code]]
