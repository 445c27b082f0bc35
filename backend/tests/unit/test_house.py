"""Holds the rules of the house over the whole source tree."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

LONGEST_FILE = 400
MEDIAN_FILE = 120
SHORTEST_NAME = 3

VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "managers"}
SETTINGS_FILES = {
    "backend/src/accessa/settings/reading.py",
    "testing/mocks/mock_providers/settings.py",
    "backend/src/accessa/apps/probe.py",  # started every few seconds, so it loads no settings
}
ENVIRONMENT_NAMES = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}

# The words are put together here so that this file does not hold what it forbids.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb", "debian", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
    )
)
INDEX_OPTIONS = tuple(f"--{option}" for option in ("index-url", "extra-index-url", "find-links", "trusted-host"))

_SQL_TOKEN = re.compile(
    r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$",
    re.DOTALL,
)

Rule = Callable[[Path], list[str]]


def tracked_files(root: Path) -> Iterator[Path]:
    """Yield every file below `root` that .gitignore does not name, leaving out git's own and virtual environments."""
    patterns = [line.strip().strip("/") for line in (root / ".gitignore").read_text().splitlines()]
    ignored = [".git", *(pattern for pattern in patterns if pattern and not pattern.startswith("#"))]
    waiting = [root]
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            if any(fnmatch(path.name, pattern) for pattern in ignored):
                continue
            if path.is_dir() and not path.is_symlink() and not (path / "pyvenv.cfg").exists():
                waiting.append(path)
            elif path.is_file():
                yield path


def python_files(root: Path, *folders: str) -> list[Path]:
    """Return the tracked Python files, only those in `folders` where some are given."""
    return [path for path in tracked_files(root) if path.suffix == ".py" and _stands_in(path, root, folders)]


def _stands_in(path: Path, root: Path, folders: tuple[str, ...]) -> bool:
    return not folders or any(path.is_relative_to(root / folder) for folder in folders)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def too_long(root: Path) -> list[str]:
    """Return the Python files over the limit of lines."""
    return [_name(path, root) for path in python_files(root) if _lines(path) > LONGEST_FILE]


def silent_tests(root: Path) -> list[str]:
    """Return `file::test` for each test function whose behaviour is not stated."""
    return [
        f"{_name(path, root)}::{node.name}"
        for path in python_files(root, "backend/tests")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.name.startswith("test") and not ast.get_docstring(node)
    ]


def environment_readers(root: Path) -> list[str]:
    """Return the source files, other than settings, that touch the process environment."""
    return [
        _name(path, root)
        for path in python_files(root, "backend/src", "testing/mocks")
        if _name(path, root) not in SETTINGS_FILES and _touches_environment(path)
    ]


def _touches_environment(path: Path) -> bool:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    aliases = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names_of_os = {alias.asname or alias.name for alias in aliases if alias.name == "os"}
    return any(_is_environment(node, names_of_os) for node in nodes)


def _is_environment(node: ast.AST, names_of_os: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "os" and any(alias.name in ENVIRONMENT_NAMES for alias in node.names)
    return (
        isinstance(node, ast.Attribute)
        and node.attr in ENVIRONMENT_NAMES
        and isinstance(node.value, ast.Name)
        and node.value.id in names_of_os
    )


def registry_mentions(root: Path) -> list[str]:
    """Return `file:line` for each line that names a package registry or tells an installer to use one."""
    return [
        f"{_name(path, root)}:{number}"
        for path in tracked_files(root)
        for number, line in enumerate(_text(path).splitlines(), start=1)
        if any(forbidden in line.lower() for forbidden in (*REGISTRIES, *INDEX_OPTIONS))
    ]


def _text(path: Path) -> str:
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


def vague_names(root: Path) -> list[str]:
    """Return the Python modules and packages whose name says nothing, or is shorter than three letters."""
    return [
        _name(path, root)
        for path in python_files(root)
        if any(_is_vague(name) for name in path.relative_to(root).with_suffix("").parts)
    ]


def _is_vague(name: str) -> bool:
    return name in VAGUE_NAMES or len(name) < SHORTEST_NAME


def sql_without_one_statement(root: Path) -> list[str]:
    """Return the .sql files of the source that hold no statement or more than one."""
    return [
        _name(path, root)
        for path in tracked_files(root)
        if path.suffix == ".sql" and _stands_in(path, root, ("backend/src",))
        if count_statements(path.read_text(encoding="utf-8")) != 1
    ]


def count_statements(sql: str) -> int:
    """Count the statements; semicolons inside comments, quotes and dollar quotes do not divide."""
    bare = _SQL_TOKEN.sub(lambda token: " " if token[0].startswith(("--", "/*")) else "x", sql)
    return sum(1 for part in bare.split(";") if part.strip())


RULES: tuple[Rule, ...] = (
    too_long,
    silent_tests,
    environment_readers,
    registry_mentions,
    vague_names,
    sql_without_one_statement,
)

VIOLATIONS: tuple[tuple[Rule, str, str, str], ...] = (
    (too_long, "scripts/long.py", "\n" * (LONGEST_FILE + 1), "scripts/long.py"),
    (
        silent_tests,
        "backend/tests/unit/test_mute.py",
        "class TestMute:\n    async def test_silent(self): ...\n",
        "backend/tests/unit/test_mute.py::test_silent",
    ),
    (
        environment_readers,
        "backend/src/accessa/store/reader.py",
        "import os as system\nHOME = system.environ['HOME']\n",
        "backend/src/accessa/store/reader.py",
    ),
    (environment_readers, "testing/mocks/reader.py", "from os import getenv\n", "testing/mocks/reader.py"),
    (registry_mentions, "docs/install.md", f"one\nsee https://files.{REGISTRIES[1]}/x\n", "docs/install.md:2"),
    (registry_mentions, "scripts/install.sh", f"pip install {INDEX_OPTIONS[0]} x\n", "scripts/install.sh:1"),
    (vague_names, "backend/src/accessa/helpers.py", "", "backend/src/accessa/helpers.py"),
    (vague_names, "backend/src/accessa/db/claims.py", "", "backend/src/accessa/db/claims.py"),
    (sql_without_one_statement, "backend/src/two.sql", "SELECT 1; SELECT 2;\n", "backend/src/two.sql"),
    (sql_without_one_statement, "backend/src/none.sql", "-- nothing; at all\n", "backend/src/none.sql"),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_file_breaks_the_rule(rule: Rule) -> None:
    """No tracked file of the repository breaks a rule of the house."""
    assert [] == rule(ROOT)


@pytest.mark.parametrize(("rule", "path", "content", "found"), VIOLATIONS, ids=[row[1] for row in VIOLATIONS])
def test_a_planted_violation_is_found(tmp_path: Path, rule: Rule, path: str, content: str, found: str) -> None:
    """Each rule names a file that breaks it, and leaves an ignored twin of that file alone."""
    (tmp_path / ".gitignore").write_text("# local\nignored/\n\n*.pyc\n")
    for folder in (tmp_path, tmp_path / "ignored"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)

    assert [found] == rule(tmp_path)


def test_half_of_the_source_files_are_short() -> None:
    """The median length of the source files, empty ones left out, stays within the house's measure."""
    lengths = [_lines(path) for path in python_files(ROOT, "backend/src", "testing/mocks")]

    assert statistics.median(length for length in lengths if length) <= MEDIAN_FILE


def test_the_walk_sees_this_file() -> None:
    """The walk over the tree reaches the tests, so that an empty result means no violation."""
    assert Path(__file__).resolve() in python_files(ROOT, "backend/tests")


@pytest.mark.parametrize(
    ("sql", "statements"),
    [
        ("", 0),
        ("SELECT ';', \"a;b\" -- ; here\n/* and ; here */;\n", 1),
        ("DO $$ BEGIN PERFORM 1; END $$;", 1),
        ("DO $body$ SELECT '$$;' ; $body$", 1),
        ("SELECT $1; SELECT $2", 2),
        ("SELECT 'it''s;'; SELECT 2;", 2),
    ],
)
def test_statements_are_counted_as_postgres_reads_them(sql: str, statements: int) -> None:
    """Only a semicolon outside comments and quotes divides two statements."""
    assert statements == count_statements(sql)
