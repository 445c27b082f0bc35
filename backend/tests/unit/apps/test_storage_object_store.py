"""The store on a real disk: what is durable, what a fault leaves behind, and what is cleaned up."""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from accessa.apps.storage import blobs
from accessa.apps.storage.blobs import BlobFolder, SmallBlob, StagedBlob
from accessa.apps.storage.object_store import ObjectStore
from accessa.apps.storage.object_table import ObjectTable, Upload
from accessa.apps.storage.records import BucketOptions, Description, StoredObject
from accessa.apps.storage.refusals import RefusedError
from accessa.domain.errors import UsageError

PLACE = ("raw", "user/doc.pdf")
PDF = Description("application/pdf", "no-cache", None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    """A store with the bucket `raw`."""
    opened = ObjectStore(tmp_path)
    opened.buckets.create("raw", "", BucketOptions())
    yield opened
    opened.close()


def put(store: ObjectStore, content: bytes, *, replace: bool = False) -> StoredObject:
    """Store `content` at the one place of these tests."""
    staged = store.stage(store.buckets.get("raw"), 10_000_000)
    try:
        staged.write(content)
        return store.put(Upload(PLACE, staged, PDF, owner=None, replace=replace))
    finally:
        staged.discard()


def content_of(store: ObjectStore, key: str = PLACE[1]) -> bytes:
    """Return what lies at the one place, or under another key."""
    _, file = store.open("raw", key)
    with file:
        return file.read()


def files(root: Path) -> list[str]:
    """Return the names of all files with bytes, finished or not."""
    return sorted(path.name for folder in ("objects", "staging") for path in (root / folder).iterdir())


def fill_disk(_staged: StagedBlob, *_data: bytes) -> None:
    """Fail as a write to a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_replacing_keeps_the_identity_and_drops_the_old_bytes(store: ObjectStore, tmp_path: Path) -> None:
    """A replaced object keeps its id and birth, and only its new bytes stay on disk."""
    first = put(store, b"one")
    second = put(store, b"two", replace=True)

    assert (first.object_id, first.created_at) == (second.object_id, second.created_at)
    assert b"two" == content_of(store)
    assert [second.version] == files(tmp_path)


def test_taken_key_keeps_its_bytes(store: ObjectStore, tmp_path: Path) -> None:
    """Without leave to replace, the second upload is refused and leaves nothing."""
    first = put(store, b"one")

    with pytest.raises(RefusedError) as caught:
        put(store, b"two")

    assert "KeyAlreadyExists" == caught.value.code
    assert [first.version] == files(tmp_path)


def test_of_many_uploads_at_once_exactly_one_wins(store: ObjectStore, tmp_path: Path) -> None:
    """Racing uploads of one key store one of them whole; the others are refused and leave nothing."""
    start = threading.Barrier(8)

    def race(number: int) -> bytes | None:
        start.wait(timeout=10)
        try:
            put(store, bytes([number]) * 100)
        except RefusedError:
            return None
        return bytes([number]) * 100

    with ThreadPoolExecutor(8) as pool:
        winners = [content for content in pool.map(race, range(8)) if content is not None]

    assert [content_of(store)] == winners
    assert 1 == len(files(tmp_path))


def test_reader_keeps_the_bytes_that_it_opened(store: ObjectStore) -> None:
    """A download under way is not disturbed by a replacement or a removal."""
    put(store, b"one")
    _, file = store.open(*PLACE)
    put(store, b"two", replace=True)
    store.remove("raw", [PLACE[1]])

    with file:
        assert b"one" == file.read()


def test_object_over_the_bucket_limit_is_refused(store: ObjectStore, tmp_path: Path) -> None:
    """The bucket's own limit holds while bytes arrive."""
    store.buckets.update("raw", BucketOptions(file_size_limit=3))

    with pytest.raises(RefusedError) as caught:
        put(store, b"four")

    assert 413 == caught.value.status
    assert [] == files(tmp_path)


@pytest.mark.parametrize("moment", ["write", "seal"])
def test_full_disk_leaves_nothing(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """When the disk is full at writing or flushing, neither bytes nor row remain, and later uploads work."""
    with monkeypatch.context() as broken:
        broken.setattr(StagedBlob, moment, fill_disk)
        with pytest.raises(OSError, match="No space left"):
            put(store, b"one")

    with pytest.raises(RefusedError):
        store.find(*PLACE)
    assert [] == files(tmp_path)
    assert b"one" == (put(store, b"one") and content_of(store))


def test_full_disk_under_the_catalogue_leaves_nothing(store: ObjectStore, tmp_path: Path) -> None:
    """When the catalogue cannot grow, the bytes that were already published go again."""
    connection = store._catalogue._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    long_owner = "x" * 100_000

    staged = store.stage(store.buckets.get("raw"), 100)
    staged.write(b"one")
    with pytest.raises(sqlite3.OperationalError) as caught:
        store.put(Upload(PLACE, staged, PDF, owner=long_owner, replace=False))

    assert sqlite3.SQLITE_FULL == caught.value.sqlite_errorcode
    assert [] == files(tmp_path)
    assert "raw" == put(store, b"one").bucket_id


def small(key: str, content: bytes, *, owner: str | None = None, bucket: str = "raw") -> Upload:
    """Return a small upload that replaces nothing."""
    return Upload((bucket, key), SmallBlob(content), PDF, owner=owner, replace=False)


def test_uploads_together_fare_as_they_would_alone(store: ObjectStore, tmp_path: Path) -> None:
    """A taken key, a key that comes twice and a missing bucket are refused; the others of the group are stored."""
    put(store, b"one")

    outcomes = store.put_together(
        [small("x", b"a"), small(PLACE[1], b"b"), small("y", b"c"), small("x", b"d"), small("z", b"e", bucket="none")]
    )

    told = [one.key if isinstance(one, StoredObject) else getattr(one, "code", one) for one in outcomes]
    assert ["x", "KeyAlreadyExists", "y", "KeyAlreadyExists", "NoSuchBucket"] == told
    assert 3 == len(files(tmp_path))
    assert [b"a", b"one", b"c"] == [content_of(store, key) for key in ("x", PLACE[1], "y")]


def test_one_upload_that_finds_no_room_leaves_the_others_alone(store: ObjectStore, tmp_path: Path) -> None:
    """When the catalogue cannot grow far enough for one of a group, the others are stored all the same."""
    connection = store._catalogue._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    first, full, last = store.put_together([small("x", b"a"), small("y", b"b", owner="x" * 100_000), small("z", b"c")])

    assert isinstance(full, sqlite3.OperationalError)
    assert sqlite3.SQLITE_FULL == full.sqlite_errorcode
    assert [store.find("raw", "x"), store.find("raw", "z")] == [first, last]
    assert 2 == len(files(tmp_path))


def test_removal_works_on_a_full_disk(store: ObjectStore, tmp_path: Path) -> None:
    """When the catalogue cannot grow, a removal uses the reserve; the reserve is made again afterwards."""
    put(store, b"one")
    reserve = tmp_path / "reserve"
    real = store._objects.remove

    def full_while_reserved(bucket_id: str, keys: list[str]) -> list[StoredObject]:
        if reserve.exists():
            with store._catalogue.writing() as connection:
                connection.execute("PRAGMA max_page_count = 1")
                connection.execute("CREATE TABLE filler AS SELECT randomblob(100000)")
        return real(bucket_id, keys)

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(store._objects, "remove", full_while_reserved)
        removed = store.remove("raw", [PLACE[1]])

    assert [PLACE[1]] == [stored.key for stored in removed]
    assert [] == files(tmp_path)
    assert reserve.stat().st_size > 0


def test_bytes_are_on_disk_before_their_name_and_the_name_before_the_row(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power may fail at any step: flush file, rename, flush folder, commit the row, and only then drop old bytes."""
    put(store, b"old")
    steps: list[str] = []

    def noted(holder: object, name: str) -> None:
        real = getattr(holder, name)

        def step(*values: Any, **named: Any) -> Any:
            steps.append(name)
            return real(*values, **named)

        monkeypatch.setattr(holder, name, step)

    noted(blobs, "flush_to_disk")
    noted(Path, "rename")
    noted(blobs, "flush_folder")
    noted(ObjectTable, "put")
    noted(BlobFolder, "remove")
    put(store, b"new", replace=True)

    assert ["flush_to_disk", "rename", "flush_folder", "put", "remove"] == steps

    steps.clear()
    store.put_together([small("x", b"a"), small("y", b"b")])

    assert ["flush_to_disk", "flush_to_disk", "flush_folder", "put", "remove"] == steps


def test_committed_rows_are_flushed(store: ObjectStore) -> None:
    """The catalogue waits for the disk at each commit (WAL with full synchronous writes)."""
    with store._catalogue.reading() as connection:
        modes = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert ["wal", 2] == modes


def test_start_sweeps_what_a_crash_left(store: ObjectStore, tmp_path: Path) -> None:
    """Half uploads and bytes without a row are removed at the next start; stored objects stay."""
    kept = put(store, b"kept")
    store.close()
    (tmp_path / "staging" / "half").write_bytes(b"%PD")
    (tmp_path / "objects" / "unnamed").write_bytes(b"%PDF")

    again = ObjectStore(tmp_path)
    try:
        assert [kept.version] == files(tmp_path)
        assert b"kept" == content_of(again)
    finally:
        again.close()


def test_lost_bytes_are_a_missing_object(store: ObjectStore, tmp_path: Path) -> None:
    """An object whose bytes somebody deleted is missing, not an endless wait."""
    stored = put(store, b"one")
    (tmp_path / "objects" / stored.version).unlink()

    with pytest.raises(RefusedError) as caught:
        store.open(*PLACE)

    assert "NoSuchKey" == caught.value.code


def test_folder_is_served_by_one_process_only(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second server on the same folder is refused, since its sweep would take the first one's uploads."""
    monkeypatch.setattr("accessa.apps.storage.object_store._LOCK_WAIT_SECONDS", 0.0)

    with pytest.raises(UsageError, match="Another storage server serves this folder"):
        ObjectStore(tmp_path)

    assert [] == files(tmp_path)
    store.check()


def test_folder_closed_by_another_thread_can_be_opened_again(store: ObjectStore, tmp_path: Path) -> None:
    """A server that ran in a thread lets the folder go for the next one."""
    closing = threading.Thread(target=store.close)
    closing.start()
    closing.join(timeout=10)
    again = ObjectStore(tmp_path)

    assert ["raw"] == [bucket.bucket_id for bucket in again.buckets.all()]
    again.close()


def test_copy_is_independent_of_its_source(store: ObjectStore) -> None:
    """A copy keeps its bytes when the source goes."""
    put(store, b"one")
    store.copy(PLACE, ("raw", "copy.pdf"), owner=None, replace=False)
    store.remove("raw", [PLACE[1]])

    _, file = store.open("raw", "copy.pdf")
    with file:
        assert b"one" == file.read()
