"""The bill counts every unit, tells what was paid twice, and survives its process."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_providers.bill import SCHEMA, Bill, BilledUnit, add_units
from mock_providers.database import Database


def unit(key: str) -> BilledUnit:
    """Return a unit of ten tokens."""
    return BilledUnit("embed", key, "req_1", "text-embedding-3-small", 10, "tokens", 0.5)


def test_units_paid_again_are_counted(tmp_path: Path) -> None:
    """The same unit key twice is one distinct unit and one duplicate."""
    bill = Bill(Database(tmp_path / "bill.sqlite3", SCHEMA))

    bill.add([unit("a"), unit("b"), unit("a")])

    expected = {"units": 3, "distinct_units": 2, "duplicate_units": 1, "requests": 1, "quantity": 30.0, "cost_usd": 1.5}
    assert expected == bill.summary()


def test_the_bill_is_read_in_pages(tmp_path: Path) -> None:
    """Rows come oldest first, after the entry that was read last."""
    bill = Bill(Database(tmp_path / "bill.sqlite3", SCHEMA))
    bill.add([unit("a"), unit("b"), unit("c")])

    assert ["b", "c"] == [row["unit_key"] for row in bill.page(after=1, limit=2)]


def test_a_new_process_finds_the_bill(tmp_path: Path) -> None:
    """What was billed is still there when the file is opened again, without an orderly end."""
    Bill(Database(tmp_path / "bill.sqlite3", SCHEMA)).add([unit("a")])

    assert 1 == Bill(Database(tmp_path / "bill.sqlite3", SCHEMA)).summary()["units"]


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    """An error inside a transaction takes back all of it, and the next one works."""
    database = Database(tmp_path / "bill.sqlite3", SCHEMA)

    def add(*units: object) -> None:
        with database.transaction() as cursor:
            for entry in units:
                add_units(cursor, [entry])  # type: ignore[list-item]

    with pytest.raises(AttributeError):
        add(unit("a"), "no unit")
    add(unit("b"))

    assert ["b"] == [row["unit_key"] for row in database.rows("SELECT unit_key FROM bill")]
