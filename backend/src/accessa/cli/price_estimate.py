"""What an ingest is going to cost, guessed from the files before any of them is uploaded."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from accessa.cli.figures import count, money
from accessa.domain.errors import AccessaError
from accessa.domain.file_types import BY_MIME, FileType
from accessa.domain.prices import AS_OF, CREDITS_PER_PAGE, embedding_cost
from accessa.pipeline.inspection import InspectionLimits, inspect_file
from accessa.settings import Settings

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


def tell_price(size: Size, settings: Settings, variables: Mapping[str, str]) -> str:
    """Return one sentence: the bulk lane's price beside the usual one; `variables` are those of a running stack."""
    model = variables.get("EMBED_MODEL", settings.embed.model)
    own = settings.embed.price_per_million_tokens_usd
    usual = embedding_cost(size.tokens, model, own_price=own)
    bulk = embedding_cost(size.tokens, model, own_price=own, factor=settings.embed.bulk_price_factor)
    tier = variables.get("LLAMAPARSE_TIER", settings.parse.tier)
    parse = Decimal(size.pages * CREDITS_PER_PAGE.get(tier, 0)) * Decimal(str(settings.parse.price_per_credit_usd))
    parsing = f"; parsing {count(size.pages, 'page')}: {money(float(parse))}" if size.pages else ""
    return (
        f"about {count(size.tokens, 'token')} of {model}: {money(float(bulk))} in the bulk lane instead of"
        f" {money(float(usual))}{parsing} (prices of {AS_OF}); it may take up to a day"
    )


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
