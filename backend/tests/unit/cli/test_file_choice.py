"""Files that are named but cannot be read: each is told by itself, and in what way."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from accessa.cli.file_choice import choose, unreadable

RUN = "from accessa.cli.main import run; run()"
POWERS = "-dac_override,-dac_read_search"


def run_without_powers(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command bound by the permissions of files, which root is not."""
    bound = ["setpriv", f"--bounding-set={POWERS}", f"--inh-caps={POWERS}"] if os.geteuid() == 0 else []
    command = [*bound, sys.executable, "-c", RUN, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.usefixtures("api")
def test_a_file_without_permission_is_a_row_and_the_others_go_on(tmp_path: Path) -> None:
    """A named file that may not be read is a row FILE_UNREADABLE; the other is ingested, and the exit code is 1."""
    closed, open_one = tmp_path / "closed.md", tmp_path / "open.md"
    for path in (closed, open_one):
        path.write_text(path.name)
    closed.chmod(0)

    ran = run_without_powers("ingest", str(closed), str(open_one))

    lines = [
        f"{closed}: rejected, FILE_UNREADABLE: It cannot be read (Permission denied); check its permissions.",
        f"{open_one}: complete, 12 pages, 48 chunks, $0.0451, 1.9 s",
    ]
    assert (1, lines, "") == (ran.returncode, ran.stdout.splitlines(), ran.stderr)


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("command", [("db", "seed"), ("demo-search",)])
def test_a_closed_folder_is_no_wrong_usage(tmp_path: Path, command: tuple[str, ...]) -> None:
    """Where other commands take a folder, one that may not be read is no wrong usage of the command."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0)

    ran = run_without_powers(*command, str(folder))

    assert (1, "") == (ran.returncode, ran.stderr)


@pytest.mark.parametrize("target", ["gone.md", "link.md"])
def test_a_link_that_leads_nowhere_is_told_as_one(tmp_path: Path, target: str) -> None:
    """A link whose target is gone, or is the link itself, is told so; its permissions are not blamed."""
    link = tmp_path / "link.md"
    link.symlink_to(target)

    [(path, error)] = choose([link]).refused

    sentence = f"This link leads nowhere: there is no file at its target {target}; mend it or name the file itself."
    assert (link, "FILE_UNREADABLE", sentence) == (path, error.code, error.message)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "check its permissions"),
        (errno.ENOENT, "it was there a moment ago, so look whether it was moved"),
        (errno.EIO, "check the disk or share it lies on"),
    ],
)
def test_the_advice_fits_what_the_system_says(number: int, advice: str) -> None:
    """Permissions are to be checked only where they are in the way."""
    error = unreadable(OSError(number, os.strerror(number)))

    assert f"It cannot be read ({os.strerror(number)}); {advice}." == error.message
