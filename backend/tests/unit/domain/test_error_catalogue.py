"""The catalogue of error codes: every code that is raised is in it, every one in it is raised, and each reads well."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from accessa.cli.command_table import COMMANDS, load
from accessa.cli.main import app
from accessa.domain.error_catalogue import CATALOGUE, Retry
from accessa.settings import GROUPS, variable_name

SOURCE = Path(__file__).resolve().parents[3] / "src" / "accessa"
ERROR_KINDS = {"AccessaError", "TransientError", "RecoverableError", "PermanentError", "UsageError"}
SENTENCES = {code: entry.sentence for code, entry in CATALOGUE.items()}

_CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")
_COMMAND = re.compile(r": (accessa [a-z -]+)$")


@cache
def nodes() -> list[ast.AST]:
    """Return every node of the product's source, the catalogue itself left out."""
    files = sorted(path for path in SOURCE.rglob("*.py") if path.name != "error_catalogue.py")
    return [node for path in files for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]


def written_codes() -> Iterator[str]:
    """Yield each code that the source gives to an error, or keeps for one in a mapping."""
    for node in nodes():
        match node:
            case ast.Call(func=function, args=[code, *_]) if name_of(function).endswith("Error"):
                yield from codes_in(code)
            case ast.Call(func=function, keywords=keywords) if name_of(function) == "ErrorCodes":
                yield from (code for keyword in keywords for code in codes_in(keyword.value))
            case ast.Tuple(elts=[kind, code, *_]) if name_of(kind) in ERROR_KINDS:
                yield from codes_in(code)
            case ast.Dict():
                yield from codes_of_mapping(node)


def codes_of_mapping(mapping: ast.Dict) -> Iterator[str]:
    """Yield the values of a mapping that leads to codes; one of its values shows that it does."""
    values = [code for value in mapping.values for code in codes_in(value)]
    if set(values) & CATALOGUE.keys():
        yield from values


def codes_in(node: ast.AST) -> Iterator[str]:
    """Yield the codes that an expression may stand for."""
    match node:
        case ast.Constant(value=str(text)) if _CODE.fullmatch(text):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from codes_in(one)
            yield from codes_in(other)


def name_of(node: ast.AST) -> str:
    """Return the last part of a name, or nothing for another expression."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def test_every_code_that_is_raised_has_its_sentence() -> None:
    """No error of the product can fail for want of a row in the catalogue."""
    assert set() == set(written_codes()) - CATALOGUE.keys()


def test_the_search_for_codes_finds_each_way_of_writing_one() -> None:
    """Plain arguments, either-or, code tables, reason mappings, pairs of class and code, and findings of a child."""
    ways = {"NO_CONTENT", "PARSE_EMPTY", "EMBED_REFUSED", "FILE_BROKEN", "STORAGE_FULL", "FILE_PROTECTED"}

    assert ways <= set(written_codes())


def test_every_code_of_the_catalogue_is_used() -> None:
    """A code that nothing raises is taken out, so that the list of codes in the documents stays true."""
    words = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    assert set() == CATALOGUE.keys() - words


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_is_a_name(code: str) -> None:
    """A code is written in capitals with underscores, as callers compare it."""
    assert _CODE.fullmatch(code)


@pytest.mark.parametrize(("code", "sentence"), sorted(SENTENCES.items()))
def test_every_sentence_is_whole(code: str, sentence: str) -> None:
    """It begins with a capital and ends with a full stop or with a command that can be copied."""
    assert sentence[0].isupper(), code
    assert sentence.endswith(".") or _COMMAND.search(sentence), code
    assert not re.search(r"\.\.$|  |\n", sentence), code


@pytest.mark.parametrize(("code", "sentence"), sorted(SENTENCES.items()))
def test_no_sentence_holds_a_placeholder(code: str, sentence: str) -> None:
    """What is told is never a template, or a note of an author to be finished."""
    assert not re.search(r"[{}<>\[\]]|%[a-z(]|…|\bTODO\b|\bXXX\b", sentence), code


def test_a_retry_is_useless_only_for_what_the_bytes_decide() -> None:
    """No retry is advised for a fault of the file itself; a limit or a lost source has to be mended first."""
    worth = {kind: {code for code, entry in CATALOGUE.items() if entry.retry is kind} for kind in Retry}

    assert {
        *("FILE_EMPTY", "FILE_TOO_LARGE", "FILE_UNPACKS_TOO_LARGE", "FILE_BROKEN", "FILE_PROTECTED"),
        *("UNSUPPORTED_TYPE", "NEEDS_OCR", "PARSE_EMPTY", "NO_CONTENT"),
    } == worth[Retry.USELESS]
    assert {
        *("TOO_MANY_PAGES", "TOO_MANY_CHUNKS", "SOURCE_MISSING", "SOURCE_CORRUPT", "EMBED_INPUT_TOO_LONG"),
        "EMBED_REFUSED",
    } == worth[Retry.AFTER_MENDING]
    assert {"JOB_CANCELLED"} == worth[Retry.IF_WANTED]


def test_no_two_codes_tell_the_same() -> None:
    """Whoever reads a sentence knows which code it is."""
    assert len(CATALOGUE) == len(set(SENTENCES.values()))


@pytest.mark.parametrize(
    "command", sorted({found[1] for text in SENTENCES.values() if (found := _COMMAND.search(text))})
)
def test_every_command_in_a_sentence_exists(command: str) -> None:
    """What a person is told to type can be typed."""
    node: Any = get_command(app)
    for word in command.split()[1:]:
        if word.startswith("--"):
            assert "--help" == word
        else:
            entry = next((row for row in COMMANDS if row.name == word), None)
            node = load(entry) if entry else node.commands[word]

    assert node.help


def test_every_setting_in_a_sentence_exists() -> None:
    """What a person is told to set is a setting."""
    settings = {variable_name(group, field) for group in GROUPS.values() for field in group.model_fields}
    named = {word for text in SENTENCES.values() for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text)}

    assert set() == named - settings
    assert "UPLOAD_MAX_PAGES" in named


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_status_is_one_of_an_error(code: str) -> None:
    """The API tells an error with a status of 400 or more, and never one that stands for success."""
    assert 400 <= CATALOGUE[code].http_status <= 599
