"""The duty that copies vectors into the search indexes, one worker at a time, without holding ingestion up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from accessa.pipeline.services import Services
from accessa.store import search_build, search_index
from accessa.store.pooler import Pooler
from accessa.store.search_index import VectorKind
from accessa.telemetry.logs import get_logger

log = get_logger(__name__)

_LOOK_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 300.0
# To look at all documents may take long where there are many: it never takes more than one part in so many of the time.
_PAUSES_PER_LOOK = 50
_SETS_AT_ONCE = 200
# Whoever changes or deletes a document waits for one such portion at most.
_VECTORS_AT_ONCE = 50
# Ingestion comes first: while there is any, the duty works one part in so many of the time.
_RESTS_WHILE_BUSY = 9


class SearchIndexing:
    """Gives users with many vectors an index, keeps it up to date, and removes the one of whoever has few."""

    def __init__(self, services: Services) -> None:
        """Take the services; the kind of vectors is the one that searches under these settings ask for."""
        embed = services.settings.embed
        self._database = services.database
        self._database_settings = services.settings.database
        self._settings = services.settings.search
        self._kind = VectorKind(embed.model, embed.version, services.embedder.identity, embed.dimensions)

    async def run(self) -> None:
        """Go on until cancelled; what fails is tried again, each time later."""
        pause, failures = 0.0, 0
        while True:
            await asyncio.sleep(pause)
            begun = time.monotonic()
            try:
                indexes = await self._look()
                looked = time.monotonic() - begun
                await self._copy(indexes)
                for index_id in indexes:
                    await self._build(index_id)
                failures = 0
            except Exception as error:
                failures += 1
                looked = 0.0
                if self._database.outage.code is None:
                    log.warning(
                        "The search index could not be kept; searches find everything without it",
                        exc_info=error,
                        code=getattr(error, "code", "INTERNAL"),
                    )
            pause = min(_LONGEST_PAUSE_SECONDS, max(_LOOK_SECONDS * 2**failures, looked * _PAUSES_PER_LOOK))

    async def _look(self) -> list[int]:
        """Make and remove indexes, one at a time, and enter the sets that are to be copied; return the indexes."""
        wanted = self._settings.index == "auto"
        least = self._settings.index_from
        async with search_index.index_turn(self._database) as connection:
            if connection is None:
                return []
            # An index goes only when its user has far fewer vectors than it was made for.
            for index_id in (await search_index.needless_indexes(connection, least=least // 2 if wanted else None))[:1]:
                await search_index.drop_index(connection, index_id)
                log.info("A search index was removed", index=index_id)
            if not wanted:
                return []
            for user_id in (await search_index.users_without_index(connection, self._kind, least=least))[:1]:
                index_id = await search_index.create_index(
                    connection, user_id, self._kind, built_later=self._database.pooler is Pooler.NONE
                )
                log.info("A search index was made, and is filled from now on", index=index_id)
            indexes = await search_index.open_indexes(connection, self._kind)
        for index_id in indexes:
            await self._open_sets(index_id)
        return indexes

    async def _open_sets(self, index_id: int) -> None:
        entered = _SETS_AT_ONCE
        while entered == _SETS_AT_ONCE:
            async with search_index.index_turn(self._database) as connection:
                if connection is None:
                    return
                entered = await search_index.open_sets(connection, index_id, most=_SETS_AT_ONCE)

    async def _copy(self, indexes: Sequence[int]) -> None:
        """Copy what is entered, a portion at a time, until there is no more or another worker is at it."""
        copied = _VECTORS_AT_ONCE
        while indexes and copied == _VECTORS_AT_ONCE:
            begun = time.monotonic()
            async with search_index.index_turn(self._database) as connection:
                if connection is None:
                    return
                copied = await search_index.copy_vectors(connection, indexes, most=_VECTORS_AT_ONCE)
                busy = await search_index.work_is_due(connection)
            await asyncio.sleep((time.monotonic() - begun) * (_RESTS_WHILE_BUSY if busy else 0))

    async def _build(self, index_id: int) -> None:
        """Build an index whose copies are all there, in a moment without ingestion."""
        async with search_index.index_turn(self._database) as connection:
            if connection is None or await search_index.work_is_due(connection):
                return
            index = await search_build.claim_build(connection, index_id)
        if index is not None:
            begun = time.monotonic()
            await search_build.build(self._database, self._database_settings, index)
            log.info("A search index was built", index=index_id, duration_seconds=round(time.monotonic() - begun, 1))
