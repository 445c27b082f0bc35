"""What an ingest is going to cost, guessed from the files before any of them is uploaded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accessa.cli.figures import count, money
from accessa.domain.errors import AccessaError
from accessa.domain.file_types import BY_MIME, FileType
from accessa.pipeline.inspection import InspectionLimits, inspect_file

_BYTES_PER_TOKEN = 4
_TOKENS_PER_PAGE = 600
_MOST_OPENED = 100
_OPENED_AT_ONCE = 4
_UNLIMITED = InspectionLimits(10**9, 10**15)


@dataclass(frozen=True, slots=True)
class Size:
    """About how much there is to parse and to embed."""

    pages: int
    tokens: int


async def measure(files: Sequence[Path]) -> Size:
    """Guess pages and tokens; of many PDFs and DOCX files only some are opened, the others are taken to be alike."""
    texts, paged = _by_kind(files)
    opened = paged[:: max(1, len(paged) // _MOST_OPENED)][:_MOST_OPENED]
    gate = asyncio.Semaphore(_OPENED_AT_ONCE)
    counted = await asyncio.gather(*(_pages(path, kind, gate) for path, kind in opened))
    pages = round(sum(counted) * len(paged) / len(opened)) if opened else 0
    return Size(pages, sum(map(_bytes, texts)) // _BYTES_PER_TOKEN + pages * _TOKENS_PER_PAGE)


def tell_price(size: Size, prices: Mapping[str, Any]) -> str:
    """Return one sentence: the bulk lane's price beside the usual one, by the prices that the API goes by."""
    parsing = f"; parsing {count(size.pages, 'page')}: {money(size.pages * prices['page_usd'])}" if size.pages else ""
    return (
        f"about {count(size.tokens, 'token')} for {prices['embed_model']}{_embedding(size.tokens, prices)}{parsing}"
        f" (prices of {prices['as_of']}); it may take up to a day"
    )


def _embedding(tokens: int, prices: Mapping[str, Any]) -> str:
    """Tell both prices of embedding; of a model without one, such as a simulator's, that it has none."""
    if not prices["embed_usd"]:
        return ", for which no price is known (EMBED_PRICE_PER_MILLION_TOKENS_USD sets one)"
    usual, bulk = (tokens * prices[name] / 1_000_000 for name in ("embed_usd", "embed_bulk_usd"))
    return f": {money(bulk)} in the bulk lane instead of {money(usual)}"


def _by_kind(files: Sequence[Path]) -> tuple[list[Path], list[tuple[Path, FileType]]]:
    by_extension = {kind.extension: kind for kind in BY_MIME.values()}
    texts: list[Path] = []
    paged: list[tuple[Path, FileType]] = []
    for path in files:
        kind = by_extension.get(path.suffix.lower().lstrip("."))
        if kind is not None and kind.extension in {"pdf", "docx"}:
            paged.append((path, kind))
        else:
            texts.append(path)
    return texts, paged


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


async def _pages(path: Path, kind: FileType, gate: asyncio.Semaphore) -> int:
    async with gate:
        try:
            return await inspect_file(path, kind.mime, _UNLIMITED) or 1
        except AccessaError:
            return 0
