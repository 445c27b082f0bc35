"""What the command line tells about money: costs, receipts, and prices before anything is bought."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from accessa.cli.connection import open_api

if TYPE_CHECKING:
    from backend.tests.unit.cli.conftest import Cli, StandInApi

DOCUMENT = "7b4b990f-f506-5179-adfe-3ae54cfa1b32"
SPENT = {"calls": 3, "units": 40, "tokens": 12000, "cost_usd": 0.25, "unsure_usd": 0.5}
RECEIPT = {
    "job_id": "0b54f0c6-0000-4000-8000-000000000001",
    "document_id": DOCUMENT,
    "filename": "policy.pdf",
    "bytes_len": 48213,
    "file_sha256": "9" * 64,
    "pages": 9,
    "pages_without_text": 1,
    "characters": 20000,
    "removed_characters": 0,
    "chunker": "markdown-simple@1",
    "chunks": 37,
    "vectors": 37,
    "dimensions": 256,
    "embed_model": "model-1",
    "embed_version": "1",
    "text_provider": "llamaparse",
    "embed_provider": "openai",
    "calls": 2,
    "tokens": 5000,
    "cost_usd": 0.0339,
    "unsure_usd": 0.0,
    "stage_seconds": {"publish": 0.1, "submit_parse": 1.5},
    "uploaded_at": "2026-11-23T10:00:00+00:00",
    "completed_at": "2026-11-23T10:00:05+00:00",
    "written_at_completion": True,
    "chunks_now": 37,
    "vectors_now": 37,
    "calls_now": 2,
    "tokens_now": 5000,
    "cost_usd_now": 0.0339,
    "holds": True,
}


def test_costs_are_a_table_with_their_sum(api: StandInApi, cli: Cli) -> None:
    """One row a day; what may have been billed stands beside what was, and the sum of both below."""
    api.costs["day"] = [{"day": "2026-11-23", **SPENT}, {"day": "2026-11-22", **SPENT}]

    assert 0 == cli("costs", "--since", "2026-11-22")
    rows = [line.split() for line in cli.out.splitlines()]
    assert ["2026-11-23", "3", "40", "12,000", "$0.2500", "$0.5000"] in rows
    assert "since 2026-11-22: $0.5000, and $1.0000 that may have been billed" == cli.out.splitlines()[-1]


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "20261101", ""])
def test_a_day_that_is_none_is_told_in_one_sentence(cli: Cli, day: str) -> None:
    """Whoever writes a day in another form reads the one that is taken, and nothing of how it is read."""
    sentence = f"USAGE_WRONG: {day} is no day; write it as year, month and day, like 2026-11-01.\n"

    assert (2, "", sentence) == (cli("costs", "--since", day), cli.out, cli.err)


def test_the_costs_of_a_deleted_document_are_told_by_its_id(api: StandInApi, cli: Cli) -> None:
    """A deleted document has no name any more, and its costs stay; as JSON they are one object a row."""
    api.costs["document"] = [{"document_id": DOCUMENT, "filename": None, **SPENT}]

    assert (0, True) == (cli("costs", "--by", "document"), f"{DOCUMENT} (deleted)" in " ".join(cli.out.split()))
    assert (0, [{"document_id": DOCUMENT, **SPENT}]) == (cli("costs", "--by", "document", "--json"), cli.rows)


def test_a_receipt_is_one_screen(api: StandInApi, cli: Cli) -> None:
    """File, text, passages, vectors, money and times stand there, the stages in their order, and whether it holds."""
    api.receipt = RECEIPT

    assert 0 == cli("documents", "receipt", DOCUMENT)
    told = " ".join(cli.out.split())
    wanted = (
        "48,213 bytes, SHA-256 9",
        "9 pages (1 without text), 20,000 characters, by llamaparse",
        "37 chunks by markdown-simple@1",
        "37 vectors of 256 numbers, model-1 version 1, by openai",
        "$0.0339 in 2 calls, 5,000 tokens",
        "submit_parse 1.5 s, publish 0.1 s",
        "written when the job was completed; the tables hold it at this moment",
    )
    assert ([], True) == ([words for words in wanted if words not in told], len(cli.out.splitlines()) < 24)


def test_a_receipt_that_is_true_no_more_is_told(api: StandInApi, cli: Cli) -> None:
    """Where rows were lost since, the command says what is left and ends with 1."""
    api.receipt = RECEIPT | {"holds": False, "vectors_now": 36, "cost_usd_now": 0.0}

    assert 1 == cli("documents", "receipt", DOCUMENT)
    assert (
        "NOT TRUE ANY MORE: the tables hold 37 chunks and 36 vectors, the ledger $0 in 2 calls, 5,000 tokens" in cli.out
    )


def test_a_document_is_told_with_what_may_have_been_billed(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """Money of which nobody knows whether it was spent stands beside what was, as in the costs and the receipt."""
    path = tmp_path / "note.md"
    path.write_text("words")
    cli("ingest", str(path))
    [row] = api.jobs.values()
    row["unsure_usd"] = 12.0

    assert 0 == cli("documents", "show", row["document_id"])
    assert "$0.0451; $12.0000 more may have been billed" in cli.out


@pytest.mark.usefixtures("cli")
def test_whoever_waits_hears_of_the_budget(api: StandInApi) -> None:
    """What is missing, as `ingest` and `status` tell it, names the jobs that wait for a budget and why."""
    api.budgets = {"jobs_waiting": 2, "sentence": "The budget of the day has no room."}

    async def missing() -> list[str]:
        async with open_api(None, 0.0) as client:
            return await client.missing()

    assert ["2 jobs waiting for a budget. The budget of the day has no room."] == asyncio.run(missing())


def test_an_estimate_buys_and_uploads_nothing(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """`--estimate` tells both lanes, leaves out known bytes and twins, and uploads nothing."""
    known, new, twin, web = (tmp_path / name for name in ("known.md", "new.md", "twin.md", "web.html"))
    web.write_text("<p>page</p>")
    known.write_text("old words " * 800)
    for path in (new, twin):
        path.write_text("word " * 800)
    cli("ingest", str(known))

    assert 0 == cli("ingest", "--estimate", *map(str, (known, new, twin, web, tmp_path / "missing.md")))
    told = " ".join(cli.out.split())
    assert "about 1,002 tokens for model-1: $0.0200, in the bulk lane $0.0100; parsing 1 page: $0.0125" in told
    assert "2 files to pay for; 2 files known before, at no cost; nothing was uploaded or bought" in told
    assert (["known.md"], True) == (api.uploads, "missing.md is left out, PATH_MISSING" in cli.err)

    assert 0 == cli("ingest", "--estimate", str(new), "--json")
    assert [(1, 0, 1000, 0.02, 0.01)] == [
        tuple(row[name] for name in ("files", "known", "tokens", "interactive_usd", "bulk_usd")) for row in cli.rows
    ]


def test_an_estimate_leaves_out_what_will_be_refused(api: StandInApi, cli: Cli, tmp_path: Path, samples: Path) -> None:
    """Files that are empty, too large or too long are no part of the sum; they are counted, and as JSON named."""
    api.limits = {"max_file_mb": 1, "max_pages": 1}
    long = samples / "samples" / "home-insurance-policy.pdf"
    empty, large, good, missing = (tmp_path / name for name in ("empty.md", "large.md", "good.md", "missing.md"))
    empty.touch()
    large.write_bytes(b"w" * 1_000_001)
    good.write_text("word " * 800)
    paths = [*map(str, (empty, large, good, missing, long))]

    assert 0 == cli("ingest", "--estimate", *paths)
    assert "about 1,000 tokens for model-1: $0.0200, in the bulk lane $0.0100 (prices" in cli.out
    assert "refused: 1 FILE_EMPTY, 1 FILE_TOO_LARGE, 1 PATH_MISSING, 1 TOO_MANY_PAGES (--json names them)" in cli.out
    assert "1 file to pay for; nothing was uploaded or bought" in cli.out

    assert 0 == cli("ingest", "--estimate", "--json", *paths)
    left_out = {row["path"]: row["code"] for row in cli.rows[0]["left_out"]}
    assert {
        str(empty): "FILE_EMPTY",
        str(large): "FILE_TOO_LARGE",
        str(missing): "PATH_MISSING",
        str(long): "TOO_MANY_PAGES",
    } == left_out


def test_the_price_of_the_bulk_lane_leaves_out_what_is_known(api: StandInApi, cli: Cli, tmp_path: Path) -> None:
    """`--bulk` tells no price for bytes that were sent before, as they cost nothing again."""
    path = tmp_path / "note.md"
    path.write_text(f"{uuid4()} " * 100)
    cli("ingest", str(path))

    assert 0 == cli("ingest", "--bulk", str(path))
    assert "about 0 tokens for model-1: $0 in the bulk lane" in cli.err
    assert "1 file known before, at no cost" in cli.err
    assert ["note.md"] * 2 == api.uploads
