"""The look at an uploaded file: real files in real child processes that can neither hang nor eat the machine."""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from accessa.domain.errors import PermanentError, TransientError
from accessa.domain.file_types import DOCX, PDF
from accessa.pipeline import confinement, inspection, inspection_child
from accessa.pipeline.fork_server import ForkServer
from accessa.pipeline.inspection import InspectionLimits, inspect_file

FIXTURES = Path(__file__).resolve().parents[4] / "testing" / "fixtures"
LIMITS = InspectionLimits(max_pages=3000, max_unpacked_bytes=300_000_000)
LIMITED = "The file could not be opened within its memory and CPU limits."
DEADLINE_SECONDS = 20

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")


async def refusal(path: Path, mime: str, limits: InspectionLimits = LIMITS) -> tuple[str, str]:
    """Return code and sentence of the permanent error that an inspection ends in."""
    with pytest.raises(PermanentError) as caught:
        await inspect_file(path, mime, limits)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("file", "mime", "pages"),
    [
        ("samples/home-insurance-policy.pdf", PDF.mime, 9),
        ("samples/travel-insurance-certificate.pdf", PDF.mime, 3),
        ("broken/scan-without-text.pdf", PDF.mime, 3),
        ("samples/motor-claims-guide.docx", DOCX.mime, None),
    ],
)
async def test_a_sound_file_is_let_through(file: str, mime: str, pages: int | None) -> None:
    """A PDF has a number of pages, a DOCX has none; whether there is text is not asked here."""
    assert pages == await inspect_file(FIXTURES / file, mime, LIMITS)


@pytest.mark.parametrize(
    ("file", "mime", "code"),
    [
        ("broken/protected.pdf", PDF.mime, "FILE_PROTECTED"),
        ("broken/truncated.pdf", PDF.mime, "FILE_BROKEN"),
        ("broken/empty.pdf", PDF.mime, "FILE_BROKEN"),
        ("broken/not-a-pdf.pdf", PDF.mime, "FILE_BROKEN"),
        ("broken/web-page.pdf", PDF.mime, "FILE_BROKEN"),
        ("broken/empty.pdf", DOCX.mime, "FILE_BROKEN"),
        ("broken/not-a-pdf.pdf", DOCX.mime, "FILE_BROKEN"),
        ("broken/zip-bomb.docx", DOCX.mime, "FILE_UNPACKS_TOO_LARGE"),
    ],
)
async def test_a_file_not_worth_buying_is_refused(file: str, mime: str, code: str) -> None:
    """Each has the code of what is wrong with it."""
    assert code == (await refusal(FIXTURES / file, mime))[0]


async def test_a_cut_archive_is_broken(tmp_path: Path) -> None:
    """An archive without its list of entries, which stands at its end, cannot be opened."""
    whole = (FIXTURES / "samples" / "motor-claims-guide.docx").read_bytes()
    (tmp_path / "cut.docx").write_bytes(whole[:-100])

    assert "FILE_BROKEN" == (await refusal(tmp_path / "cut.docx", DOCX.mime))[0]


async def test_a_locked_archive_is_protected(tmp_path: Path) -> None:
    """An entry that is marked as encrypted needs a password that nobody has given."""
    whole = bytearray((FIXTURES / "samples" / "motor-claims-guide.docx").read_bytes())
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.docx").write_bytes(whole)

    assert "FILE_PROTECTED" == (await refusal(tmp_path / "locked.docx", DOCX.mime))[0]


async def test_too_many_pages_are_told_in_numbers() -> None:
    """The sentence says how many pages there are, how many may be, and what to do."""
    path = FIXTURES / "samples" / "home-insurance-policy.pdf"
    sentence = "The document has 9 pages, the limit is 8; split it or raise UPLOAD_MAX_PAGES."

    assert ("TOO_MANY_PAGES", sentence) == await refusal(path, PDF.mime, InspectionLimits(8, 1))
    assert 9 == await inspect_file(path, PDF.mime, InspectionLimits(9, 1))


async def test_the_limit_of_an_archive_is_exact() -> None:
    """What unpacks to the limit is opened, one byte more is not."""
    path, unpacked = FIXTURES / "samples" / "motor-claims-guide.docx", 834_208

    assert None is await inspect_file(path, DOCX.mime, InspectionLimits(1, unpacked))
    assert "FILE_UNPACKS_TOO_LARGE" == (await refusal(path, DOCX.mime, InspectionLimits(1, unpacked - 1)))[0]


@only_linux
async def test_a_file_that_eats_memory_is_refused(tmp_path: Path) -> None:
    """An archive whose list of entries alone is larger than the memory limit ends its child, and is at fault itself."""
    size = inspection_child._MEMORY_BYTES + 1_000_000
    with (tmp_path / "greedy.docx").open("wb") as archive:
        archive.truncate(size)  # a hole: it takes no room on disk
        archive.seek(size)
        archive.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, size, 0, 0))

    assert ("FILE_BROKEN", LIMITED) == await refusal(tmp_path / "greedy.docx", DOCX.mime)


async def test_a_file_that_eats_time_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that works beyond its CPU limit is ended by the system, and the file is at fault."""
    (tmp_path / "sitecustomize.py").write_text(
        "import resource\n"
        "set_limit = resource.setrlimit\n"
        "resource.setrlimit = lambda kind, pair: set_limit(kind, (1, 2) if kind == resource.RLIMIT_CPU else pair)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    server = ForkServer()
    monkeypatch.setattr(confinement, "_FORK_SERVER", server)
    directory = (struct.pack("<4s6H3L5H2L", b"PK\x01\x02", *[0] * 9, 1, *[0] * 6) + b"x") * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(directory), 0, 0)
    (tmp_path / "slow.docx").write_bytes(directory + end)

    told = await refusal(tmp_path / "slow.docx", DOCX.mime)

    server.close()
    assert ("FILE_BROKEN", LIMITED) == told


@pytest.fixture
def endless(tmp_path: Path) -> Path:
    """A file whose reader waits for ever: a pipe that nobody writes to."""
    os.mkfifo(tmp_path / "endless.docx")
    return tmp_path / "endless.docx"


def children_that_look() -> list[psutil.Process]:
    """Return the children that look at a file for this process: forked by its fork server, or new without one."""
    found = []
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error, ProcessLookupError):  # another child may end meanwhile
            command = " ".join(child.cmdline())
            forked = "fork_server_process" in command and child.ppid() != os.getpid()
            # Only what leads a session of its own has put its signals in order.
            found += [child] if (forked or "inspection_child" in command) and os.getsid(child.pid) == child.pid else []
    return found


async def test_a_file_that_never_ends_is_refused(endless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that does not answer in time is ended, and the file is at fault."""
    monkeypatch.setattr(inspection, "_WALL_SECONDS", 0.5)

    async with asyncio.timeout(DEADLINE_SECONDS):
        told = await refusal(endless, DOCX.mime)

    assert ("FILE_BROKEN", "The file could not be opened within its time limit.") == told
    assert [] == children_that_look()


async def test_a_child_whose_worker_stops_is_ended(endless: Path) -> None:
    """A worker that is told to stop in the midst of an inspection leaves no process behind."""
    task = asyncio.create_task(inspect_file(endless, DOCX.mime, LIMITS))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not children_that_look():
            await asyncio.sleep(0.01)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert [] == children_that_look()


@pytest.mark.parametrize("ended_by", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_a_child_that_is_ended_from_outside_is_tried_again(endless: Path, ended_by: signal.Signals) -> None:
    """A supervisor that stops a worker with all its children does not condemn the document that one looks at."""
    task = asyncio.create_task(inspect_file(endless, DOCX.mime, LIMITS))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not (found := children_that_look()):
            await asyncio.sleep(0.01)
    found[0].send_signal(ended_by)

    with pytest.raises(TransientError):
        await task


@only_linux
async def test_a_fork_server_that_was_killed_is_started_again() -> None:
    """The next file is looked at as if nothing had happened, and every child was new and gone after its one file."""
    path = FIXTURES / "samples" / "travel-insurance-certificate.pdf"
    assert [3] * 4 == await asyncio.gather(*(inspect_file(path, PDF.mime, LIMITS) for _ in range(4)))
    [server] = [
        child
        for child in psutil.Process().children()
        if child.status() != psutil.STATUS_ZOMBIE and "fork_server_process" in " ".join(child.cmdline())
    ]
    server.kill()
    server.wait(DEADLINE_SECONDS)

    assert 3 == await inspect_file(path, PDF.mime, LIMITS)
    assert [] == children_that_look()


@only_linux
async def test_a_forked_child_has_nothing_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the three standard files, no secret in its environment, and no way to the server that forked it."""
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    (tmp_path / "look_around.py").write_text(
        "import os\nfiles = [name for name in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{name}')]\n"
        "print(*sorted(files), 'OPENAI_API_KEY' in os.environ)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    server = ForkServer()

    seen = await asyncio.gather(*(server.run("look_around", wall_seconds=DEADLINE_SECONDS) for _ in range(3)))

    server.close()
    assert [(b"0 1 2 False\n", 0)] * 3 == seen


async def test_many_looks_at_once_do_not_disturb_one_another() -> None:
    """Children that end all at the same time, while others begin, each give their own answer."""
    path = FIXTURES / "samples" / "travel-insurance-certificate.pdf"
    gate = asyncio.Semaphore(8)

    async def look() -> int | None:
        async with gate:
            return await inspect_file(path, PDF.mime, LIMITS)

    assert [3] * 60 == await asyncio.gather(*(look() for _ in range(60)))


async def test_a_child_that_fails_by_itself_is_tried_again(tmp_path: Path) -> None:
    """A fault of ours, here a file that is gone, does not condemn the document."""
    with pytest.raises(TransientError) as caught:
        await inspect_file(tmp_path / "gone.pdf", PDF.mime, LIMITS)

    assert ("INTERNAL", "The inspection of the file ended without an answer.") == (
        caught.value.code,
        caught.value.message,
    )
