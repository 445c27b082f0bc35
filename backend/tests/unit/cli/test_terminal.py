"""What a person sees on a real terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi

RUN = "from accessa.cli.main import run; run()"


def on_terminal(*arguments: str, columns: int = 150) -> tuple[int, str]:
    """Run the command line on a terminal of its own; return its exit code and the text it drew."""
    master, slave = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": str(columns), "LINES": "40"}
    with subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments], stdout=slave, stderr=slave, env=environment
    ) as process:
        os.close(slave)
        drawn = _read_all(master)
    return process.returncode, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn).replace("\r", "")


def _read_all(master: int) -> str:
    parts = []
    try:
        while part := os.read(master, 65536):
            parts.append(part)
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(master)
    return b"".join(parts).decode()


def test_bars_show_the_way_and_a_table_the_outcome(
    api: StandInApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An ingest shows where each document is while it moves, and a table of all outcomes at the end."""
    api.walks = {
        "scan[1].pdf": ("uploaded", "failed_parse"),
        "policy.pdf": ("uploaded", "embedding_in_progress", "complete"),
    }
    api.walks[f"{'x' * 120}.md"] = ("uploaded", "complete")
    for name in api.walks:
        (tmp_path / name).write_text(name)

    monkeypatch.chdir(tmp_path)

    code, drawn = on_terminal("ingest", *api.walks)

    assert 1 == code
    assert re.search(r"policy\.pdf +\S+ embedding_in_progress, 24/48 chunks", drawn)
    assert re.search(r"all documents +\S+ \d of 3 documents", drawn)
    assert re.search(r"policy\.pdf +complete +12 +48 +\$0\.0451 +1\.9 s", drawn)
    assert re.search(r"xxx…xxx+\.md +complete ", drawn)
    assert re.search(r"scan\[1\]\.pdf +failed_parse +- +- +- +NEEDS_OCR: The pages hold no text\.", drawn)


def test_json_on_a_terminal_is_json_alone(api: StandInApi, tmp_path: Path) -> None:
    """--json draws no bars, even on a terminal."""
    (tmp_path / "a.md").write_text("a")

    code, drawn = on_terminal("ingest", str(tmp_path / "a.md"), "--json")

    assert (0, 1, "{") == (code, drawn.count("\n"), drawn[0])
    assert ["a.md"] == api.uploads


def test_watched_jobs_are_drawn_until_they_end(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """`jobs watch` draws a row for each open job, and ends with the last one."""
    api.walks["policy.pdf"] = ("uploaded", "chunking", "complete")
    (tmp_path / "policy.pdf").write_text("text")
    cli("ingest", str(tmp_path / "policy.pdf"))
    api.begin_again()

    code, drawn = on_terminal("jobs", "watch")

    assert 0 == code
    assert "policy.pdf  complete, 12 pages, 24/48 chunks  1.9 s" in drawn.splitlines()[-1]


def test_ids_and_statuses_are_whole_on_a_usual_terminal(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """At 80 columns a job is one line with its whole id and status; the name is cut, and what has no room is named."""
    name = f"{'x' * 200}.md"
    api.walks[name] = ("uploaded", "failed_parse")
    (tmp_path / name).write_text("text")
    cli("ingest", str(tmp_path / name))
    [job_id] = api.jobs

    code, drawn = on_terminal("jobs", "list", columns=80)

    _head, _line, row, said = drawn.splitlines()
    assert (0, [job_id, f"{'x' * 8}…{'x' * 5}.md", "failed_parse", "NEEDS_OCR"]) == (code, row.split())
    assert "note: this terminal has no room for pages, chunks, created; --json tells all" == said


def test_a_narrow_terminal_gets_blocks(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """At 40 columns each job is a block of lines, none of which is cut."""
    (tmp_path / "policy.pdf").write_text("text")
    cli("ingest", str(tmp_path / "policy.pdf"))
    [job_id] = api.jobs

    code, drawn = on_terminal("jobs", "list", columns=40)

    assert (0, [f"job: {job_id}", "file: policy.pdf", "status: complete"]) == (code, drawn.splitlines()[:3])
