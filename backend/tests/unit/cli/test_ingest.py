"""`accessa ingest` against an API that listens."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from accessa.cli import connection
from accessa.cli.file_choice import choose
from accessa.cli.ingest_views import LinesView
from accessa.cli.stall_notes import StallNotes
from accessa.cli.upload_gate import MOST_UPLOADS

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi

KEYS = [
    "path",
    "document_id",
    "job_id",
    "correlation_id",
    "status",
    "pages",
    "chunks",
    "vectors",
    "cost_usd",
    "duration_seconds",
    "error",
    "pages_without_text",
]


def write(folder: Path, *names: str) -> list[str]:
    """Write files of different content; return their paths."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"text of {name}")
    return [str(folder / name) for name in names]


@pytest.mark.usefixtures("api")
def test_a_complete_document_is_told_in_one_json_line(cli: Cli, tmp_path: Path) -> None:
    """With --json a complete document is one object with the fixed keys, nothing else is printed, and the code is 0."""
    [path] = write(tmp_path, "policy.pdf")

    code = cli("ingest", path, "--json")

    [row] = cli.rows
    assert (0, "") == (code, cli.err)
    assert KEYS == list(row)
    assert (path, "complete", 12, 48, 48, 0.0451, 1.9, None) == (
        *(row[key] for key in ("path", "status", "pages", "chunks", "vectors", "cost_usd", "duration_seconds")),
        row["error"],
    )


@pytest.mark.usefixtures("api")
def test_a_complete_document_is_told_in_one_plain_line(cli: Cli, tmp_path: Path) -> None:
    """Away from a terminal the outcome is one line of plain words; a second time nothing was paid and it says so."""
    [path] = write(tmp_path, "policy.pdf")

    codes = cli("ingest", path), cli.out, cli("ingest", path), cli.out

    line = f"{path}: complete, 12 pages, 48 chunks"
    assert (0, f"{line}, $0.0451, 1.9 s\n", 0, f"{line}, known before\n") == codes


@pytest.mark.usefixtures("api")
def test_what_is_known_before_is_not_paid_again(cli: Cli, tmp_path: Path) -> None:
    """As JSON a document that was known before costs nothing and took the time of this call."""
    [path] = write(tmp_path, "policy.pdf")
    assert (0, 0.0451) == (cli("ingest", path, "--json"), cli.rows[0]["cost_usd"])

    assert 0 == cli("ingest", path, "--json")

    [row] = cli.rows
    assert (KEYS, 0.0, 48, True) == (list(row), row["cost_usd"], row["chunks"], 0 < row["duration_seconds"] < 1.9)


@pytest.mark.parametrize(
    ("name", "told"), [("a.PDF", "3 without text: blank, or images that need OCR"), ("a.html", "3 without text")]
)
def test_pages_without_text_are_told(api: StandInApi, cli: Cli, tmp_path: Path, name: str, told: str) -> None:
    """Pages that search cannot find are counted in the line, as the last key of the object, and by `jobs show`."""
    [path] = write(tmp_path, name)
    api.empty_pages = 3

    assert 0 == cli("ingest", path, "--json")
    [row] = cli.rows
    assert ("pages_without_text", 3) == (list(row)[-1], row["pages_without_text"])
    assert (0, True) == (cli("ingest", path), f"complete, 12 pages ({told}), 48 chunks" in cli.out)
    assert (0, True) == (cli("jobs", "show", row["job_id"]), f"status complete, 12 pages ({told})," in cli.out)


def test_a_failed_document_makes_the_exit_code_one(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """A failed document is told with code and sentence only, the others go on, and the exit code is 1."""
    paths = write(tmp_path, "scan.pdf", "good.md")
    api.walks["scan.pdf"] = ("uploaded", "failed_parse")

    code = cli("ingest", *paths, "--json")

    outcome = {row["path"]: (row["status"], row["error"]) for row in cli.rows}
    fault = {"code": "NEEDS_OCR", "message": "The pages hold no text."}
    assert (1, {paths[0]: ("failed_parse", fault), paths[1]: ("complete", None)}) == (code, outcome)


def test_a_refused_upload_has_no_ids(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """A file that the API refuses is a row `rejected` with the API's own code and no ids."""
    [path] = write(tmp_path, "photo.md")
    api.refusals["photo.md"] = (415, "UNSUPPORTED_TYPE", "The content is no PDF.")

    code = cli("ingest", path, "--json")

    [row] = cli.rows
    assert 1 == code
    assert ("rejected", None, None, None) == tuple(row[key] for key in ("status", *KEYS[1:4]))
    assert {"code": "UNSUPPORTED_TYPE", "message": "The content is no PDF."} == row["error"]


def test_a_refusal_is_told_in_plain_words(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """Away from a terminal a refused file is one line with code and sentence."""
    [path] = write(tmp_path, "photo.md")
    api.refusals["photo.md"] = (415, "UNSUPPORTED_TYPE", "The content is no PDF.")

    assert (1, f"{path}: rejected, UNSUPPORTED_TYPE: The content is no PDF.\n") == (cli("ingest", path), cli.out)


def test_a_folder_is_gone_through_in_order(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """A folder gives its files of all depths; hidden and unsupported ones are named in a note."""
    folder = tmp_path / "papers"
    write(folder, "b.pdf", "a.md", "deep/c.HTML", ".hidden.md", ".git/d.md", "deep/photo.png", "table.csv")

    code = cli("ingest", str(folder), "--json")

    assert (0, {"a.md", "b.pdf", "c.HTML"}) == (code, set(api.uploads))
    names = ".git, .hidden.md, table.csv and 1 more"
    assert f"note: skipped 4 files in {folder}, for being hidden or of another type: {names}\n" == cli.err


def test_a_document_of_a_folder_is_known_without_its_suffix(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """A PDF under any name and a web page without a suffix are documents; notes and code without one are not."""
    contents = {"Policy 2024": b"%PDF-1.7", "scan.tmp": b"%PDF-1.4", "page": b"<html><p>Words", "README": b"Words"}
    for name, content in (contents | {"page.vue": b"<html><p>Words", "data.bin": b"\x00" * 100}).items():
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "pipe")

    assert 0 == cli("ingest", str(tmp_path), "--json")
    assert {"Policy 2024", "scan.tmp", "page"} == set(api.uploads)


@pytest.mark.usefixtures("api")
def test_a_path_that_the_system_does_not_take_is_a_row(cli: Cli, tmp_path: Path) -> None:
    """A name that is too long for the file system is told as that path's own fault; the others go on."""
    paths = [str(tmp_path / ("x" * 300)), *write(tmp_path, "good.md")]

    assert 1 == cli("ingest", *paths, "--json")
    assert ["FILE_UNREADABLE", None] == [(row["error"] or {}).get("code") for row in cli.rows]


@pytest.mark.usefixtures("api")
def test_a_missing_path_among_others_is_a_row(cli: Cli, tmp_path: Path) -> None:
    """A missing path is reported as a row while the other files go on, and the exit code is 1."""
    paths = [str(tmp_path / "nothing.pdf"), *write(tmp_path, "good.md")]

    code = cli("ingest", *paths, "--json")

    outcome = [(row["path"], row["status"], (row["error"] or {}).get("code")) for row in cli.rows]
    assert (1, [(paths[0], "rejected", "PATH_MISSING"), (paths[1], "complete", None)]) == (code, outcome)


@pytest.mark.parametrize(("name", "code"), [("nothing.pdf", "PATH_MISSING"), ("empty", "FOLDER_EMPTY")])
def test_when_no_path_leads_to_a_file_the_usage_was_wrong(cli: Cli, tmp_path: Path, name: str, code: str) -> None:
    """A lone missing path or empty folder is one sentence and exit code 2, even when nothing runs."""
    (tmp_path / "empty").mkdir()

    verdict = cli("ingest", str(tmp_path / name))

    assert (2, "") == (verdict, cli.out)
    assert cli.err.startswith(f"{code}: ")
    assert name in cli.err


@pytest.mark.usefixtures("api")
def test_what_is_no_regular_file_is_refused_before_it_blocks(cli: Cli, tmp_path: Path) -> None:
    """A pipe is not waited for: it is a row FILE_UNREADABLE."""
    os.mkfifo(tmp_path / "pipe.md")

    code = cli("ingest", str(tmp_path / "pipe.md"), "--json")

    assert (1, "FILE_UNREADABLE") == (code, cli.rows[0]["error"]["code"])


@pytest.mark.usefixtures("api")
def test_a_file_that_vanishes_is_a_row(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened when its turn comes is a row FILE_UNREADABLE."""
    [path] = write(tmp_path, "gone.md")
    chosen = choose([Path(path)])
    Path(path).unlink()
    monkeypatch.setattr("accessa.cli.ingest.choose", lambda _paths: chosen)

    assert (1, "FILE_UNREADABLE") == (cli("ingest", path, "--json"), cli.rows[0]["error"]["code"])


@pytest.mark.usefixtures("api")
def test_the_same_file_twice_is_two_rows_of_one_document(cli: Cli, tmp_path: Path) -> None:
    """The same file named twice gives two rows with the same ids."""
    [path] = write(tmp_path, "policy.pdf")

    code = cli("ingest", path, path, "--json")

    assert (0, 2, 1) == (code, len(cli.rows), len({row["job_id"] for row in cli.rows}))


HOSTILE_NAMES = [b"with blank.md", "Versicherung äö 保险.md".encode(), b"bad\xff\n\x1b[31m[bold].md"]


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_file_name_breaks_the_output(cli: Cli, tmp_path: Path, name: bytes) -> None:
    """Blanks, other scripts, undecodable bytes and terminal codes in a name: JSON stays valid, plain words one line."""
    path = os.fsdecode(os.fsencode(tmp_path) + b"/" + name)
    Path(path).write_text("text")

    assert 0 == cli("ingest", path, "--json")
    assert os.fsencode(path).decode("utf-8", "replace") == json.loads(cli.out)["path"]
    assert 0 == cli("ingest", path)
    assert (1, False) == (cli.out.count("\n"), "\x1b" in cli.out)


def test_uploads_are_few_at_a_time(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """However many files are given, only a few are uploaded at the same time, and all are."""
    paths = write(tmp_path, *(f"{number}.md" for number in range(20)))

    assert (0, 20) == (cli("ingest", *paths, "--json"), len(cli.rows))
    assert 0 < api.most_at_once <= MOST_UPLOADS


@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_for_a_moment_gets_the_file_again(api: StandInApi, cli: Cli, tmp_path: Path, status: int) -> None:
    """An API, or a gateway before it, that takes no more for the moment is asked again, and nothing is lost."""
    paths = write(tmp_path, *(f"{number}.md" for number in range(6)))
    api.busy = [status] * 3

    assert (0, 6) == (cli("ingest", *paths, "--json"), len(cli.rows))
    assert ([], {f"{number}.md" for number in range(6)}) == (api.busy, set(api.uploads))


def test_the_user_is_named_to_the_api(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """--user names the owner of the documents."""
    user = str(uuid4())

    assert 0 == cli("ingest", *write(tmp_path, "a.md"), "--user", user)
    assert {user} == api.users


def test_an_api_that_restarts_is_waited_for(
    api: StandInApi, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent API is told in one note and waited for; when it is back the ingest goes on."""
    paths = write(tmp_path, "a.md", "b.md")
    api.stop()
    silences: list[threading.Thread] = []

    def come_back(sentence: str) -> None:
        assert "does not answer" in sentence
        silences.append(threading.Thread(target=api.start))
        silences[-1].start()

    monkeypatch.setattr(connection, "note", come_back)

    assert (0, 1) == (cli("ingest", *paths, "--json"), len(silences))
    assert {"complete"} == {row["status"] for row in cli.rows}


def test_an_api_that_stays_away_is_given_up(
    api: StandInApi, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the patience is used up, each document is told with API_UNREACHABLE and the exit code is 1."""
    monkeypatch.setattr("accessa.cli.ingest.LONG_PATIENCE_SECONDS", 0.3)
    api.stop()

    code = cli("ingest", *write(tmp_path, "a.md", "b.md"), "--json")

    assert (1, ["API_UNREACHABLE"] * 2) == (code, [row["error"]["code"] for row in cli.rows])


def test_a_job_that_is_gone_is_told(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """When the API no longer knows the job, the row keeps its ids and carries the API's error."""
    api.forgets_jobs = True

    code = cli("ingest", *write(tmp_path, "a.md"), "--json")

    [row] = cli.rows
    assert (1, "NOT_FOUND", "uploaded", True) == (code, row["error"]["code"], row["status"], bool(row["job_id"]))


def test_an_error_that_is_tried_again_is_told_once(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """A document that met an error is told of once beside the result, for its next try may be minutes away."""
    api.walks["a.md"] = ("uploaded", "parse_queued", "parse_queued", "complete")
    api.counted_errors = 1

    assert 0 == cli("ingest", *write(tmp_path, "a.md"), "--json")
    [job_id] = api.jobs
    assert f"note: a.md met an error and is tried again; see: accessa jobs show {job_id}\n" == cli.err


def test_a_reader_that_goes_away_ends_the_ingest_quietly(api: StandInApi, tmp_path: Path) -> None:
    """`accessa ingest … | head -1` ends without a word of complaint; what is uploaded goes on by itself."""
    paths = write(tmp_path, *(f"{number}.md" for number in range(30)))
    code = "from accessa.cli.main import run; run()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "ingest", *paths, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()

        assert (1, b"") == (process.wait(30), process.stderr.read())
    assert api.uploads


def test_an_ingest_that_breaks_off_blames_no_api(
    api: StandInApi, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When an outcome cannot be told, the uploads under way are dropped, and not told as a silence of the API."""
    api.stuck = {"a.md", "b.md", "c.md"}
    paths = write(tmp_path, *api.stuck, "d.md")

    def row(_view: LinesView, _row: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(LinesView, "row", row)

    assert (1, "DISK_FULL: The disk is full; free some space and try again.\n") == (cli("ingest", *paths), cli.err)


def test_what_is_missing_is_told_when_nothing_moves(
    api: StandInApi, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While documents stand still, the API's own sentence about what is missing is told, once."""
    monkeypatch.setattr("accessa.cli.stall_notes._PATIENCE_SECONDS", 0.05)
    api.walks["a.md"] = ("uploaded",) * 12 + ("complete",)
    api.checks = {"schema": "ok", "worker": "No worker is alive."}

    assert 0 == cli("ingest", *write(tmp_path, "a.md"), "--json")
    assert "note: No worker is alive.\n" == cli.err


@pytest.mark.usefixtures("api")
def test_a_fault_between_the_looks_ends_the_waiting(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When what is missing cannot be told, as on a full disk, the ingest ends instead of waiting for ever."""

    async def fail(_notes: StallNotes) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(StallNotes, "speak", fail)

    assert 1 == cli("ingest", *write(tmp_path, "a.md"))
    assert "DISK_FULL: " in cli.err


@pytest.fixture
def listens_to_ctrl_c() -> Iterator[None]:
    """What a terminal's foreground has and a shell's background job has not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listens_to_ctrl_c")
def test_an_interrupted_ingest_says_what_goes_on(
    api: StandInApi, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the waiting only: the sentence says that uploaded files go on, and how to see them."""
    api.walks["a.md"] = ("uploaded",)
    monkeypatch.setattr(LinesView, "looked", lambda _view, _job: signal.raise_signal(signal.SIGINT))

    assert 130 == cli("ingest", *write(tmp_path, "a.md"))
    assert "Interrupted. What was uploaded goes on by itself; to see it: accessa jobs list\n" == cli.err


def test_without_a_stack_the_command_that_starts_it_is_told(cli: Cli, tmp_path: Path) -> None:
    """When there is no API to talk to, one sentence names `accessa up`, and the exit code is 2."""
    code = cli("ingest", *write(tmp_path, "a.md"))

    assert (2, "", True) == (code, cli.out, "accessa up" in cli.err)
    assert cli.err.startswith("STACK_NOT_RUNNING: ")
