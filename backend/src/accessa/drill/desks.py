"""The control desks of both simulators: faults on and off, their bills, and vectors free of charge."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
from numpy.typing import NDArray

from accessa.domain.addresses import trust_for

_TIMEOUT = httpx.Timeout(30, connect=5)
_PAGE = 10_000
_TEXTS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class BilledUnit:
    """One unit on a simulator's bill: an embedded input or a parsed page, and the call or job that was charged."""

    kind: str
    unit_key: str
    request_id: str
    model: str = ""


class Desks:
    """Both desks; use it in one event loop. At the end each plays again what it played before."""

    def __init__(self, llamaparse_url: str, openai_url: str) -> None:
        """Take the addresses of the simulators, with or without the path of their API."""
        self._parse = _client(llamaparse_url)
        self._embed = _client(openai_url.removesuffix("/v1"))
        self._before: list[tuple[httpx.AsyncClient, dict[str, Any]]] = []

    async def __aenter__(self) -> Self:
        """Keep in mind what is played now."""
        for desk in (self._parse, self._embed):
            answer = await desk.get("/_control")
            answer.raise_for_status()
            values = answer.json()
            self._before.append((desk, {"faults": values["faults"], "seed": values["seed"]}))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Play again what was played before, and close the connections."""
        for desk, values in self._before:
            with contextlib.suppress(httpx.HTTPError):
                await desk.patch("/_control", json=values)
            await desk.aclose()

    async def play(self, embedding: Sequence[dict[str, Any]], parse: Sequence[dict[str, Any]], seed: int) -> None:
        """Play these faults from now on, in place of those before."""
        for desk, faults in ((self._embed, embedding), (self._parse, parse)):
            (await desk.patch("/_control", json={"faults": list(faults), "seed": seed})).raise_for_status()

    async def heal(self) -> None:
        """Play no more faults."""
        for desk in (self._embed, self._parse):
            (await desk.patch("/_control", json={"faults": []})).raise_for_status()

    async def places(self) -> tuple[int, int]:
        """Return the last entry of each bill, the parser's first: what comes after it is new."""
        return await self._last(self._parse), await self._last(self._embed)

    async def bill(self, after: tuple[int, int]) -> list[BilledUnit]:
        """Return what was billed after these entries."""
        parse, embed = after
        return [*await self._rows(self._parse, parse), *await self._rows(self._embed, embed)]

    async def vectors(self, texts: Sequence[str], model: str, dimensions: int) -> list[NDArray[np.float32]]:
        """Return the vectors that the simulator makes of `texts`; this costs nothing and meets no fault."""
        portions = [texts[start : start + _TEXTS_AT_ONCE] for start in range(0, len(texts), _TEXTS_AT_ONCE)]
        return [vector for portion in portions for vector in await self._portion(portion, model, dimensions)]

    async def _portion(self, texts: Sequence[str], model: str, dimensions: int) -> list[NDArray[np.float32]]:
        body = {"model": model, "dimensions": dimensions, "input": list(texts), "encoding_format": "base64"}
        answer = await self._embed.post("/_control/embeddings", json=body)
        answer.raise_for_status()
        items = answer.json()["data"]
        return await asyncio.to_thread(_decoded, items)

    async def _rows(self, desk: httpx.AsyncClient, after: int) -> list[BilledUnit]:
        rows: list[BilledUnit] = []
        place: int | None = after
        while place is not None:
            page = await _page(desk, place, _PAGE)
            rows += [BilledUnit(row["kind"], row["unit_key"], row["request_id"], row["model"]) for row in page["rows"]]
            place = page["next_after"]
        return rows

    async def _last(self, desk: httpx.AsyncClient) -> int:
        last, place = 0, 0
        while True:
            page = await _page(desk, place, _PAGE)
            last = page["rows"][-1]["entry"] if page["rows"] else last
            if page["next_after"] is None:
                return last
            place = page["next_after"]


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=_TIMEOUT, trust_env=False, verify=trust_for(url))


async def _page(desk: httpx.AsyncClient, after: int, limit: int) -> dict[str, Any]:
    answer = await desk.get("/_control/bill", params={"after": after, "limit": limit})
    answer.raise_for_status()
    page: dict[str, Any] = answer.json()
    return page


def _decoded(items: Iterable[dict[str, Any]]) -> list[NDArray[np.float32]]:
    ordered = sorted(items, key=lambda item: int(item["index"]))
    return [np.frombuffer(base64.b64decode(item["embedding"]), "<f4") for item in ordered]
