"""How the shape of one answer differs from another: what is missing, what is more, what is of another kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from real_apis.recordings import Recording

_MARK = re.compile(r"<(text|base64|url)(?: of \d+)?>")
_IDENTIFIER = re.compile(r"([a-z]{0,12}[-_]?)[0_-]{8,}")
_TIME = re.compile(r"0000-00-00.*")
_NUMBER_TEXT = re.compile(r"(?:0+(?:\.0+)?(?:ms|[smhd])?)+")


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference at a place of an operation; a simulator that `lacks` something would pass where reality fails."""

    operation: str
    place: str
    sentence: str
    lacks: bool = True

    def __str__(self) -> str:
        """Return it as one line."""
        mark = "LACKS" if self.lacks else "note "
        return f"{mark} {self.operation:<30} {self.place}: {self.sentence}"


def differences(service: Recording, simulator: Recording) -> list[Difference]:
    """Return how the simulator's answer differs from the service's."""
    comparison = _Comparison(service.name, service.allowed)
    return list(comparison.of_answers(service, simulator))


@dataclass(frozen=True, slots=True)
class _Comparison:
    operation: str
    allowed: Mapping[str, Sequence[str]]

    def of_answers(self, service: Recording, simulator: Recording) -> Iterator[Difference]:
        if service.status != simulator.status:
            yield self._lack("status", f"{service.status} from the service, {simulator.status} here")
        for name in sorted(service.headers.keys() - simulator.headers.keys()):
            yield self._lack("headers", f"{name} is missing")
        for name in sorted(simulator.headers.keys() - service.headers.keys()):
            yield self._note("headers", f"{name} is sent here only")
        for name in sorted(service.headers.keys() & simulator.headers.keys()):
            yield from self._of_texts(f"header {name}", service.headers[name], simulator.headers[name])
        yield from self._of_values("body", service.body, simulator.body)

    def _of_values(self, place: str, real: Any, ours: Any) -> Iterator[Difference]:
        kinds = _kind(real), _kind(ours)
        if "null" in kinds and kinds[0] != kinds[1]:
            yield self._note(place, f"{kinds[0]} from the service, {kinds[1]} here")
        elif kinds[0] != kinds[1]:
            yield self._lack(place, f"{kinds[0]} from the service, {kinds[1]} here")
        elif isinstance(real, dict):
            yield from self._of_objects(place, real, ours)
        elif isinstance(real, list):
            yield from self._of_lists(place, real, ours)
        elif isinstance(real, str):
            yield from self._of_texts(place, real, ours)
        elif isinstance(real, bool) and real != ours:
            yield self._note(place, f"{real} from the service, {ours} here")

    def _of_objects(self, place: str, real: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
        for name, value in real.items():
            if name not in ours:
                yield self._lack(place, f"{name} is missing")
            else:
                yield from self._of_values(f"{place}.{name}", value, ours[name])
        for name in ours:
            if name not in real:
                yield self._note(place, f"{name} is sent here only")

    def _of_lists(self, place: str, real: list[Any], ours: list[Any]) -> Iterator[Difference]:
        if real and not ours:
            yield self._lack(place, "the list is empty here")
        elif real:
            yield from self._of_values(f"{place}[]", real[0], ours[0])

    def _of_texts(self, place: str, real: str, ours: str) -> Iterator[Difference]:
        kinds = _kind_of_text(real), _kind_of_text(ours)
        if kinds[0] == kinds[1] or ours in self.allowed.get(place, ()):
            return
        yield self._lack(place, f"{kinds[0]} from the service, {kinds[1]} here")

    def _lack(self, place: str, sentence: str) -> Difference:
        return Difference(self.operation, place, sentence)

    def _note(self, place: str, sentence: str) -> Difference:
        return Difference(self.operation, place, sentence, lacks=False)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
    return "an object"


def _kind_of_text(text: str) -> str:
    """Return what a redacted text stands for: a word of a fixed list stands for itself."""
    if found := _MARK.fullmatch(text):
        return f"a {found[1]}"
    if _TIME.fullmatch(text):
        return "a time"
    if _NUMBER_TEXT.fullmatch(text):
        return "a number in a text"
    if found := _IDENTIFIER.fullmatch(text):
        return f"an id {found[1]}…"
    return f'"{text}"'
