"""The storage server as a process: killed at the worst moments, and ended in good order."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import jwt
import pytest

from accessa.apps.storage.object_store import ObjectStore
from accessa.apps.storage.object_table import Upload
from accessa.apps.storage.records import BucketOptions, Description

SECRET = "a-secret-of-the-tests-with-32-bytes!"
KEY = jwt.encode({"role": "service_role"}, SECRET, algorithm="HS256")
OLD = b"old" * 700_000
NEW = b"new" * 1_400_000

# Kills the process when it comes to the named step.
DIE_AT = """
import importlib, os, signal
from accessa.apps.storage import main
module, _, step = {step!r}.partition(":")
holder, _, name = step.partition(".")
held = getattr(importlib.import_module(module), holder)
setattr(held, name, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
main.run()
"""
SERVE = "from accessa.apps.storage import main; main.run()"


@dataclass(frozen=True, slots=True)
class Child:
    """A server process and its port."""

    process: subprocess.Popen[bytes]
    port: int

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Make one request with the service's key; return HTTP status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"authorization": f"Bearer {KEY}", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@contextmanager
def serving(root: Path, program: str = SERVE) -> Iterator[Child]:
    """Run a server on any free port, and kill it at the end if it still lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, "--port", "0", "--root", str(root)],
        env={**os.environ, "SUPABASE_JWT_SECRET": SECRET},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        with process.stdout as output:
            yield Child(process, next(line["port"] for line in map(json.loads, output) if "port" in line))
    finally:
        process.kill()
        process.wait(timeout=10)


def wait_until(condition: Callable[[], bool]) -> None:
    """Return when `condition` holds; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        Event().wait(0.005)


def begin_upload(child: Child, *, length: int, sent: bytes) -> socket.socket:
    """Send the head and a part of an upload; return the open line."""
    line = socket.create_connection(("127.0.0.1", child.port), timeout=10)
    head = f"POST /object/raw/a HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\nAuthorization: Bearer {KEY}\r\n\r\n"
    line.sendall(head.encode() + sent)
    return line


def staged_bytes(root: Path) -> int:
    """Return how many bytes of unfinished uploads lie on disk."""
    return sum(path.stat().st_size for path in (root / "staging").iterdir())


def names(folder: Path) -> list[str]:
    """Return the names in a folder."""
    return [path.name for path in folder.iterdir()]


def prepare(root: Path, content: bytes | None = None) -> None:
    """Make the bucket, with one object where `content` is given."""
    with closing(ObjectStore(root)) as store:
        store.buckets.create("raw", "", BucketOptions())
        if content is not None:
            staged = store.stage(store.buckets.get("raw"), len(content))
            staged.write(content)
            description = Description("text/plain", "no-cache", None)
            store.put(Upload(("raw", "a"), staged, description, owner=None, replace=False))


def content_after_restart(root: Path) -> bytes:
    """Return the object's bytes as the next start of the store finds them."""
    with closing(ObjectStore(root)) as store:
        _, file = store.open("raw", "a")
        with file:
            return file.read()


def test_kill_in_the_middle_of_an_upload_leaves_no_half_file(tmp_path: Path) -> None:
    """After SIGKILL while bytes arrive, the object does not exist, its rest is swept, and the key is free."""
    prepare(tmp_path)
    with serving(tmp_path) as child:
        with begin_upload(child, length=len(NEW), sent=NEW[:2_500_000]):
            wait_until(lambda: staged_bytes(tmp_path) >= 1_000_000)
            child.process.kill()
            child.process.wait(timeout=10)
        assert 1 == len(names(tmp_path / "staging"))

    with serving(tmp_path) as child:
        assert b'"code":"NoSuchKey"' in child.call("GET", "/object/raw/a")[1]
        assert [] == json.loads(child.call("POST", "/object/list/raw", b'{"prefix": ""}')[1])
        assert ([], []) == (names(tmp_path / "staging"), names(tmp_path / "objects"))
        assert 200 == child.call("POST", "/object/raw/a", NEW)[0]
        assert NEW == child.call("GET", "/object/raw/a")[1]


@pytest.mark.parametrize(
    ("step", "survivor"),
    [
        ("accessa.apps.storage.blobs:StagedBlob.seal", OLD),
        ("pathlib:Path.rename", OLD),
        ("accessa.apps.storage.object_table:ObjectTable.put", OLD),
        ("accessa.apps.storage.blobs:BlobFolder.remove", NEW),
    ],
)
def test_kill_at_each_step_of_a_replacement_leaves_old_or_new(tmp_path: Path, step: str, survivor: bytes) -> None:
    """Killed before flush, rename, row, or removal of the old bytes, the object is the old or the new one, whole."""
    prepare(tmp_path, OLD)
    with serving(tmp_path, DIE_AT.format(step=step)) as child:
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            child.call("PUT", "/object/raw/a", NEW)
        assert -signal.SIGKILL == child.process.wait(timeout=10)

    assert survivor == content_after_restart(tmp_path)
    assert 1 == len(names(tmp_path / "staging") + names(tmp_path / "objects"))


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("accessa.apps.storage.object_table:ObjectTable.put", 6),
        ("accessa.apps.storage.resumable_store:ResumableStore.drop_part", len(NEW)),
    ],
)
def test_kill_at_the_end_of_a_resumable_upload_loses_one_piece_at_most(tmp_path: Path, step: str, told: int) -> None:
    """Killed before the last piece is an object, the upload goes on behind the first; killed later, it is complete."""
    prepare(tmp_path)
    tus = {"tus-resumable": "1.0.0", "content-type": "application/offset+octet-stream"}
    metadata = {"upload-length": str(len(NEW)), "upload-metadata": "bucketName cmF3,objectName YQ=="}
    with serving(tmp_path) as child:
        assert 201 == child.call("POST", "/upload/resumable", NEW[:6], **tus, **metadata)[0]
    (upload,) = names(tmp_path / "resumable")
    path = f"/upload/resumable/{upload}"
    with serving(tmp_path, DIE_AT.format(step=step)) as child:
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            child.call("PATCH", path, NEW[6:], **tus, **{"upload-offset": "6"})
        assert -signal.SIGKILL == child.process.wait(timeout=10)

    with closing(ObjectStore(tmp_path)) as store:
        assert told == store.resumable.find(upload).received
    with serving(tmp_path) as child:
        assert 204 == child.call("PATCH", path, NEW[told:], **tus, **{"upload-offset": str(told)})[0]
        assert NEW == child.call("GET", "/object/raw/a")[1]
    assert ([], 1) == (names(tmp_path / "resumable"), len(names(tmp_path / "objects")))


def test_stored_objects_survive_a_kill(tmp_path: Path) -> None:
    """What was answered with 200 is there after SIGKILL right behind the answer."""
    prepare(tmp_path)
    with serving(tmp_path) as child:
        assert 200 == child.call("POST", "/object/raw/a", NEW)[0]
        child.process.kill()
        child.process.wait(timeout=10)

    assert NEW == content_after_restart(tmp_path)


def test_sigterm_finishes_the_upload_under_way(tmp_path: Path) -> None:
    """After SIGTERM the upload under way is finished and answered, and the exit code is 0."""
    prepare(tmp_path)
    with serving(tmp_path) as child:
        with begin_upload(child, length=len(NEW), sent=NEW[:2_500_000]) as line:
            wait_until(lambda: staged_bytes(tmp_path) >= 1_000_000)
            child.process.terminate()
            line.sendall(NEW[2_500_000:])
            answer = line.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200")
        assert 0 == child.process.wait(timeout=10)

    assert NEW == content_after_restart(tmp_path)


@pytest.mark.parametrize(
    ("secret", "port", "code"), [("short", "0", "SETTINGS_INVALID"), (SECRET, "taken", "NO_FREE_PORT")]
)
def test_wrong_start_is_told_with_exit_code_2(tmp_path: Path, secret: str, port: str, code: str) -> None:
    """A short secret or a taken port ends the start with one sentence and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1]) if port == "taken" else port
        ended = subprocess.run(
            [sys.executable, "-m", "accessa.apps.storage.main", "--port", number, "--root", str(tmp_path)],
            env={**os.environ, "SUPABASE_JWT_SECRET": secret},
            stdout=subprocess.PIPE,
            check=False,
            timeout=30,
        )

    assert (2, code) == (ended.returncode, json.loads(ended.stdout.splitlines()[-1])["code"])
