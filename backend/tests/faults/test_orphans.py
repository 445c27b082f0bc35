"""Files whose upload died before its rows were written: swept away after a grace, and nothing else with them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from backend.tests.house import JWT_SECRET, PATIENCE_SECONDS, opened_house, served

from accessa.apps.storage.application import create_app as create_storage
from accessa.domain.errors import RecoverableError
from accessa.pipeline.delete_document import hold
from accessa.pipeline.deletion_remains import clear_orphan, finish_earlier_deletion
from accessa.pipeline.orphan_sweep import sweep_page
from accessa.store.deletions import REMAINS_DELETED, Deletion, DeletionTally

if TYPE_CHECKING:
    from backend.tests.house import House, Outside

    from accessa.pipeline.services import Services

TEXT = b"# Cover\n\nstorm, flood and hail\n"
BREAK = (
    "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'unforeseen'; END $$",
    "CREATE TRIGGER fail BEFORE INSERT ON upload_pipeline.documents FOR EACH ROW EXECUTE FUNCTION fail()",
)
REMOVED = "SELECT payload ->> 'objects' AS objects FROM upload_pipeline.events WHERE code = 'DOCUMENT_REMAINS_DELETED'"
BEING_DELETED = 503
MEND = "DROP TRIGGER fail ON upload_pipeline.documents"


@pytest.fixture
async def house(database_url: str, outside: Outside, tmp_path: Path) -> AsyncIterator[House]:
    """A house with a storage of its own: in the shared one the files of other tests would be orphans too."""
    with served(create_storage(root=tmp_path, jwt_secret=JWT_SECRET)) as storage:
        async with opened_house(database_url, replace(outside, storage=storage)) as opened:
            yield opened


async def leave_orphan(house: House) -> int:
    """Upload the text while no document can be written; return the answer's status."""
    for statement in BREAK:
        await house.rows(statement)
    status = (await house.api.post("/documents", files={"file": ("a.md", TEXT)})).status_code
    await house.rows(MEND)
    return status


async def files(house: House) -> set[str]:
    """Return the documents of the user of which there is a file."""
    async with house.services() as services:
        found, _ = await services.storage.list_page("raw", f"{house.api.headers['X-User-Id']}/", None)
    return {stored.path.rsplit("/", 1)[-1].partition(".")[0] for stored in found}


@pytest.mark.fault(
    "T4",
    "the file is stored, but its rows cannot be written",
    "told to the uploader; a worker removes the file after the grace, and leaves every file that has an owner",
    "S11",
)
async def test_a_file_without_a_document_is_swept_away(house: House) -> None:
    """T4: a worker removes the orphan and records it; documents and announced uploads keep theirs; nothing is lost."""
    kept = await house.upload(b"# Kept\n\nwords\n", "kept.md")
    status = await leave_orphan(house)
    before = await files(house)
    young = house.with_settings(upload={"orphan_sweep_seconds": 0.05})
    old = house.with_settings(upload={"orphan_sweep_seconds": 0.05, "orphan_grace_seconds": 0})
    async with young.worker():
        await house.ended(kept["job_id"])
    in_grace = await files(house)
    async with old.worker(), asyncio.timeout(PATIENCE_SECONDS):
        while not (events := await house.rows(REMOVED)):
            await asyncio.sleep(0.05)
    after = await files(house)
    again = await house.upload(TEXT, "a.md")
    async with house.worker():
        job = await house.ended(again["job_id"])

    assert (500, before, {kept["document_id"]}) == (status, in_grace, after)
    assert (["1"], {kept["document_id"], again["document_id"]}) == ([row["objects"] for row in events], before)
    assert "complete" == job["status"]


@pytest.mark.fault(
    "T4", "the bucket holds the files of another database, or of a later backup", "no file is removed; told", "S11"
)
async def test_files_of_another_database_are_not_swept_away(house: House) -> None:
    """Where most files have no document, it is the database that is the wrong one: each file stays."""
    count = 22
    await asyncio.gather(*(house.upload(f"# {number}\n\nwords\n".encode(), "a.md") for number in range(count)))
    await house.rows("TRUNCATE upload_pipeline.documents CASCADE")
    async with house.with_settings(upload={"orphan_grace_seconds": 0}).services() as services:
        removed = await sweep_page(services, None)

    assert ((0, None), count) == (removed, len(await files(house)))


@pytest.mark.fault(
    "T4", "the same bytes are uploaded while their orphan is removed", "never a job without its file", "S11, L1"
)
async def test_an_upload_gives_way_to_the_sweep_of_its_orphan(house: House) -> None:
    """An upload that has found its file in place, and not written its rows, promises nothing that is being removed."""
    await leave_orphan(house)
    [document] = await files(house)
    user = UUID(house.api.headers["X-User-Id"])
    async with house.services() as services:
        removals = [clear_orphan(services, user, UUID(document)) for _ in range(2)]
        uploads = [house.api.post("/documents", files={"file": ("a.md", TEXT)}) for _ in range(5)]
        await asyncio.gather(*uploads, *removals, return_exceptions=True)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await house.api.post("/documents", files={"file": ("a.md", TEXT)})).status_code == BEING_DELETED:
                await asyncio.sleep(0.05)
    accepted = await house.upload(TEXT, "a.md")
    async with house.worker():
        job = await house.ended(accepted["job_id"])

    assert ("complete", {document}) == (job["status"], await files(house))


class DatabaseOfALateLook:
    """The real database, in which the removal of an orphan begins just before a connection is lent for one look."""

    def __init__(self, services: Services, removal: Deletion) -> None:
        self._services, self._removal = services, removal
        self.transaction = services.database.transaction

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Begin the removal, and lend the connection."""
        async with self.transaction() as connection:
            await hold(connection, self._services, self._removal)
        async with self._services.database.connection() as connection:
            yield connection


@pytest.mark.fault(
    "T4", "the removal of an orphan begins between an upload's two looks", "never a job without its file", "S11, L1"
)
async def test_an_upload_takes_no_removal_that_goes_on_for_one_that_has_ended(house: House) -> None:
    """An upload that meets the removal only at its second look has to come back, as its file would go along."""
    user, document = UUID(house.api.headers["X-User-Id"]), uuid4()
    async with house.services() as services:
        removal = Deletion(document, user, uuid4(), uuid4(), REMAINS_DELETED, DeletionTally())
        late: Any = DatabaseOfALateLook(services, removal)
        with pytest.raises(RecoverableError) as refused:
            await finish_earlier_deletion(replace(services, database=late), user, document)

    assert "DOCUMENT_BEING_DELETED" == refused.value.code
