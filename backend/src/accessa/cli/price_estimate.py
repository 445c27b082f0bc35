"""What an ingest is going to cost, guessed from the files before any of them is uploaded."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accessa.cli.api_client import ApiClient
from accessa.cli.figures import count, money
from accessa.cli.file_choice import Choice
from accessa.cli.file_names import as_text
from accessa.cli.known_files import find_new
from accessa.domain.errors import AccessaError, UsageError, file_too_large
from accessa.domain.file_types import BY_MIME, FileType
from accessa.domain.prices import GUESSED_BYTES_PER_TOKEN, GUESSED_TOKENS_PER_PAGE
from accessa.pipeline.inspection import InspectionLimits, inspect_file

_MOST_OPENED = 100
_OPENED_AT_ONCE = 4
_ANY_UNPACKED_BYTES = 10**15

LeftOut = tuple[Path, AccessaError]


@dataclass(frozen=True, slots=True)
class Size:
    """About how much there is to parse and to embed, and the files that have too many pages for either."""

    pages: int
    tokens: int
    left_out: list[LeftOut]


async def measure(files: Sequence[Path], max_pages: int) -> Size:
    """Guess pages and tokens; of many PDFs and DOCX files only some are opened, the others are taken to be alike.

    A web page is parsed as one page.
    """
    texts, paged = _by_kind(files)
    web_pages = sum(path.suffix.lower() in {".html", ".htm"} for path in texts)
    opened = paged[:: max(1, len(paged) // _MOST_OPENED)][:_MOST_OPENED]
    gate = asyncio.Semaphore(_OPENED_AT_ONCE)
    counted = await asyncio.gather(*(_pages(path, kind, max_pages, gate) for path, kind in opened))
    pages = round(sum(found for found in counted if isinstance(found, int)) * len(paged) / len(opened)) if opened else 0
    tokens = sum(map(_bytes, texts)) // GUESSED_BYTES_PER_TOKEN + pages * GUESSED_TOKENS_PER_PAGE
    too_long = [(path, error) for (path, _), error in zip(opened, counted, strict=True) if not isinstance(error, int)]
    return Size(pages + web_pages, tokens, too_long)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What files are going to cost in USD; the two lanes differ in what embedding costs.

    Those `left_out` would be refused, and are neither counted nor priced.
    """

    files: int
    known: int
    pages: int
    tokens: int
    parse_usd: float
    embed_usd: float
    embed_bulk_usd: float
    prices: Mapping[str, Any]
    left_out: list[LeftOut] = field(default_factory=list)

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
        prices = {name: self.prices[name] for name in ("embed_model", "as_of")}
        left_out = [{"path": as_text(path), "code": error.code} for path, error in self.left_out]
        return {**figures, **totals, **prices, "left_out": left_out}


async def estimate(api: ApiClient, choice: Choice) -> Estimate:
    """Guess what the files are going to cost that the API does not know yet, by the prices and limits it goes by."""
    prices = await api.prices()
    refused = _refused_by_size(choice.files, prices["max_file_mb"] * 1_000_000)
    files = [path for path in choice.files if path not in refused]
    newcomers = await find_new(api, files)
    size = await measure(newcomers.files, prices["max_pages"])
    left_out = [*choice.refused, *refused.items(), *size.left_out]
    usual, bulk = (size.tokens * prices[name] / 1_000_000 for name in ("embed_usd", "embed_bulk_usd"))
    parsing = size.pages * prices["page_usd"]
    priced = len(files) - len(size.left_out)
    return Estimate(priced, newcomers.known, size.pages, size.tokens, parsing, usual, bulk, prices, left_out)


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
    if found.left_out:
        codes = Counter(error.code for _, error in found.left_out)
        counted = ", ".join(f"{number:,} {code}" for code, number in sorted(codes.items()))
        lines.append(f"left out, as they would be refused: {counted} (--json names them)")
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


def _refused_by_size(files: Sequence[Path], most_bytes: int) -> dict[Path, AccessaError]:
    """Return the files that the API refuses by their size alone, with its reason."""
    refused: dict[Path, AccessaError] = {}
    for path in files:
        try:
            size = path.stat().st_size
        except OSError:
            continue
        if size > most_bytes:
            refused[path] = file_too_large(most_bytes)
        elif not size:
            refused[path] = UsageError("FILE_EMPTY")
    return refused


async def _pages(path: Path, kind: FileType, max_pages: int, gate: asyncio.Semaphore) -> int | AccessaError:
    """Return how many pages a file has, 0 where they cannot be counted, or the refusal where they are too many."""
    async with gate:
        try:
            return await inspect_file(path, kind.mime, InspectionLimits(max_pages, _ANY_UNPACKED_BYTES)) or 1
        except AccessaError as error:
            return error if error.code == "TOO_MANY_PAGES" else 0
