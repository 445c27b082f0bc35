"""Lists of a bucket's content: one level of folders and objects, or pages over all keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from accessa.apps.storage.catalogue import Catalogue
from accessa.apps.storage.object_table import object_of_row
from accessa.apps.storage.records import StoredObject

# Above every character that a key may hold: the end of the range of keys with a prefix.
_BEYOND = "\x7f"

# One row for each name at this level: `name` is relative to the prefix, and a folder has no version.
_LEVEL = """
WITH matching AS (
    SELECT substr(key, length(:prefix) + 1) AS rest, version, created_at, updated_at
    FROM objects
    WHERE bucket_id = :bucket_id AND key >= :prefix AND key < :prefix || :beyond
), entries AS (
    SELECT DISTINCT substr(rest, 1, instr(rest, '/') - 1) AS name,
        NULL AS version, NULL AS created_at, NULL AS updated_at
    FROM matching WHERE instr(rest, '/') > 0
    UNION ALL
    SELECT rest, version, created_at, updated_at FROM matching WHERE instr(rest, '/') = 0
), sorted AS (
    SELECT name, version,
        CASE :column WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at ELSE name END AS rank
    FROM entries WHERE name LIKE :search || '%' ESCAPE '\\'
)
SELECT sorted.name AS entry, rank, objects.*
FROM sorted LEFT JOIN objects USING (version)
ORDER BY version IS NOT NULL,
    CASE WHEN :descending THEN rank END DESC, CASE WHEN NOT :descending THEN rank END, sorted.name
LIMIT :limit OFFSET :offset
"""

# One row for each key or, with a delimiter, for each folder (its name ends in a slash) and each object of the level.
# `rank` is what the order looks at first; sorted by time, all folders are of the same age.
_PAGE = """
WITH matching AS (
    SELECT key, version, created_at, updated_at, instr(substr(key, length(:prefix) + 1), '/') AS slash
    FROM objects
    WHERE bucket_id = :bucket_id AND key >= :prefix AND key < :prefix || :beyond
), entries AS (
    SELECT DISTINCT substr(key, 1, length(:prefix) + slash) AS entry,
        NULL AS version, 0.0 AS created_at, 0.0 AS updated_at
    FROM matching WHERE :delimited AND slash > 0
    UNION ALL
    SELECT key, version, created_at, updated_at FROM matching WHERE NOT (:delimited AND slash > 0)
), ranked AS (
    SELECT entry, version,
        CASE :column WHEN 'created_at' THEN created_at WHEN 'updated_at' THEN updated_at ELSE '' END AS rank
    FROM entries
)
SELECT entry, rank, objects.*
FROM ranked LEFT JOIN objects USING (version)
WHERE :after IS NULL OR (rank, entry) > (:after_rank, :after)
ORDER BY rank, entry
LIMIT :limit
"""
_PAGE_DESCENDING = _PAGE.replace("entry) > (", "entry) < (").replace("BY rank, entry", "BY rank DESC, entry DESC")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list: an object, or a folder when `stored` is None; `rank` is its place in the order of a page."""

    name: str
    stored: StoredObject | None
    rank: str | float = ""


@dataclass(frozen=True, slots=True)
class LevelQuery:
    """What to list of one level; `column` is name, created_at or updated_at."""

    prefix: str
    search: str = ""
    limit: int = 100
    offset: int = 0
    column: str = "name"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class PageQuery:
    """What to list of all keys, behind the entry with this rank and name; `column` as for a level."""

    prefix: str
    limit: int
    after: tuple[str | float, str] | None = None
    delimited: bool = False
    column: str = "name"
    descending: bool = False


class Listing:
    """Answers lists out of the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def level(self, bucket_id: str, query: LevelQuery) -> list[Entry]:
        """Return folders, then objects, directly under the prefix; names are relative to it."""
        folder = query.prefix if not query.prefix or query.prefix.endswith("/") else f"{query.prefix}/"
        values: dict[str, str | int] = {
            "bucket_id": bucket_id,
            "prefix": folder,
            "beyond": _BEYOND,
            "search": query.search.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_"),
            "column": query.column,
            "descending": query.descending,
            "limit": query.limit,
            "offset": query.offset,
        }
        return self._entries(_LEVEL, values)

    def page(self, bucket_id: str, query: PageQuery) -> list[Entry]:
        """Return entries whose full name starts with the prefix, in the order and behind the one that are asked for."""
        rank, after = query.after or ("", None)
        values: dict[str, str | float | None] = {
            "bucket_id": bucket_id,
            "prefix": query.prefix,
            "beyond": _BEYOND,
            "column": query.column,
            "after_rank": rank,
            "after": after,
            "limit": query.limit,
            "delimited": query.delimited,
        }
        return self._entries(_PAGE_DESCENDING if query.descending else _PAGE, values)

    def _entries(self, statement: str, values: Mapping[str, str | float | None]) -> list[Entry]:
        with self._catalogue.reading() as connection:
            return [_entry(row) for row in connection.execute(statement, values)]


def _entry(row: sqlite3.Row) -> Entry:
    stored = None if row["version"] is None else object_of_row(row)
    return Entry(row["entry"], stored, row["rank"])
