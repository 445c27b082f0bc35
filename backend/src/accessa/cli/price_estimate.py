"""What an ingest is going to cost, guessed from the files before any of them is uploaded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accessa.cli.api_client import ApiClient
from accessa.cli.figures import count, money
from accessa.cli.known_files import find_new
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
    """Guess pages and tokens; of many PDFs and DOCX files only some are opened, the others are taken to be alike.

    A web page is parsed as one page.
    """
    texts, paged = _by_kind(files)
    web_pages = sum(path.suffix.lower() in {".html", ".htm"} for path in texts)
    opened = paged[:: max(1, len(paged) // _MOST_OPENED)][:_MOST_OPENED]
    gate = asyncio.Semaphore(_OPENED_AT_ONCE)
    counted = await asyncio.gather(*(_pages(path, kind, gate) for path, kind in opened))
    pages = round(sum(counted) * len(paged) / len(opened)) if opened else 0
    tokens = sum(map(_bytes, texts)) // _BYTES_PER_TOKEN + pages * _TOKENS_PER_PAGE
    return Size(pages + web_pages, tokens)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What files are going to cost in USD; the two lanes differ in what embedding costs."""

    files: int
    known: int
    pages: int
    tokens: int
    parse_usd: float
    embed_usd: float
    embed_bulk_usd: float
    prices: Mapping[str, Any]

    @property
    def known_before(self) -> str:
        """The part of a sentence that says how many files cost nothing, as they were sent before."""
        return f"; {count(self.known, 'file')} known before, at no cost" if self.known else ""

    def as_json(self) -> dict[str, object]:
        """Return the figures as a JSON object."""
        names = ("files", "known", "pages", "tokens", "parse_usd", "embed_usd", "embed_bulk_usd")
        figures: dict[str, object] = {name: getattr(self, name) for name in names}
        totals = {
            "interactive_usd": self.parse_usd + self.embed_usd,
            "bulk_usd": self.parse_usd + self.embed_bulk_usd,
        }
        return {**figures, **totals, "embed_model": self.prices["embed_model"], "as_of": self.prices["as_of"]}


async def estimate(api: ApiClient, files: Sequence[Path]) -> Estimate:
    """Guess what the files are going to cost that the API does not know yet, by the prices that it goes by."""
    newcomers = await find_new(api, files)
    size, prices = await measure(newcomers.files), await api.prices()
    usual, bulk = (size.tokens * prices[name] / 1_000_000 for name in ("embed_usd", "embed_bulk_usd"))
    parsing = size.pages * prices["page_usd"]
    return Estimate(len(files), newcomers.known, size.pages, size.tokens, parsing, usual, bulk, prices)


def tell_price(found: Estimate) -> str:
    """Return one sentence for who has chosen the bulk lane: its price beside the usual one."""
    lanes = f": {money(found.embed_bulk_usd)} in the bulk lane instead of {money(found.embed_usd)}"
    return f"{_work(found, lanes)}; it may take up to a day{found.known_before}"


def tell_estimate(found: Estimate) -> list[str]:
    """Return the price in both lanes, one a line, for who has not decided yet."""
    lines = [f"{_work(found, f': {money(found.embed_usd)}, in the bulk lane {money(found.embed_bulk_usd)}')}"]
    if found.prices["embed_usd"]:
        total, in_bulk = found.parse_usd + found.embed_usd, found.parse_usd + found.embed_bulk_usd
        lines.append(f"in all about {money(total)} at once, or {money(in_bulk)} within a day (--bulk)")
    new = found.files - found.known
    return [*lines, f"{count(new, 'file')} to pay for{found.known_before}; nothing was uploaded or bought"]


def _work(found: Estimate, lanes: str) -> str:
    """Tell what there is to do; of a model without a price, such as a simulator's may be, that it has none."""
    prices = found.prices
    if not prices["embed_usd"]:
        lanes = ", for which no price is known (EMBED_PRICE_PER_MILLION_TOKENS_USD sets one)"
    parsing = f"; parsing {count(found.pages, 'page')}: {money(found.parse_usd)}" if found.pages else ""
    tokens, as_of = count(found.tokens, "token"), prices["as_of"]
    return f"about {tokens} for {prices['embed_model']}{lanes}{parsing} (prices of {as_of})"


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
