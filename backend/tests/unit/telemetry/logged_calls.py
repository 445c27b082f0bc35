"""Every call of a logger in a package, as its source says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_LOGGERS = {"log", "_log", "_LOG", "told"}
# Calls whose result is the same fields that are bound for a job.
_BOUND = {"told_of"}


@dataclass(frozen=True)
class LoggedCall:
    """One call: where it stands, its level, its event when that is a literal, and the fields it names.

    `fields` holds `?` for what the source does not tell.
    """

    place: str
    level: str
    event: str | None
    fields: frozenset[str]


def calls_in(package: Path) -> list[LoggedCall]:
    """Return the calls in all files of a package."""
    return [
        call
        for path in sorted(package.rglob("*.py"))
        for call in _calls(path.relative_to(package).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
    ]


def _calls(place: str, tree: ast.Module) -> Iterator[LoggedCall]:
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        bound = _bound_fields(function)
        for node in ast.walk(function):
            match node:
                case ast.Call(func=ast.Attribute(value=logger, attr=level)) if level in _LEVELS | {"log"}:
                    if (name := _name_of(logger)) in _LOGGERS:
                        yield _call(f"{place}:{node.lineno}", level, node, bound if name == "told" else frozenset())


def _name_of(logger: ast.expr) -> str:
    match logger:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=ast.Name(id="get_logger")):
            return "log"
    return ""


def _bound_fields(function: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id="told")], value=ast.Call(func=ast.Attribute(attr="bind")) as call):
                found |= _fields(call)
    return found


def _call(place: str, level: str, node: ast.Call, bound: frozenset[str]) -> LoggedCall:
    # The standard library's `log` takes the level first.
    said = node.args[1 if level == "log" else 0]
    event = said.value if isinstance(said, ast.Constant) and isinstance(said.value, str) else None
    return LoggedCall(place, level, event, _fields(node) | bound)


def _fields(node: ast.Call) -> frozenset[str]:
    return frozenset(name for keyword in node.keywords for name in _names(keyword)) - {"exc_info"}


def _names(keyword: ast.keyword) -> list[str]:
    if keyword.arg == "extra":
        return _simulated(keyword.value)
    if keyword.arg is not None:
        return [keyword.arg]
    match keyword.value:
        case ast.Call(func=ast.Name(id=name)) if name in _BOUND:
            return []
        case ast.IfExp(body=ast.Dict(keys=keys), orelse=ast.Dict(keys=[])):
            return [str(key.value) if isinstance(key, ast.Constant) else "?" for key in keys]
    return ["?"]


def _simulated(extra: ast.expr) -> list[str]:
    """Return the fields of `extra={"fields": {…}}`; nothing of a variable, which the simulators' formatter filters."""
    match extra:
        case ast.Dict(keys=[ast.Constant(value="fields")], values=[ast.Dict(keys=keys)]):
            return [str(key.value) if isinstance(key, ast.Constant) else "?" for key in keys]
        case ast.Dict(keys=[ast.Constant(value="fields")], values=[ast.Name()]):
            return []
    return ["?"]
