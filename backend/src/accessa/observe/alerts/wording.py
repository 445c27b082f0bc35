"""Sentences with figures in them, worded here as Prometheus words them from the same template."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_PLACE = re.compile(r"{{\s*(.*?)\s*}}")
_LABEL = re.compile(r"\$labels\.(\w+)")
_VALUE = re.compile(r"\$value\s*\|\s*(\w+)(?:\s+\"(%\.[0-9]f)\")?")
_SMALL = ("m", "u", "n", "p", "f", "a", "z", "y")
_BINARY = ("ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_KIBI = 1024
_MINUTE, _HOUR, _DAY = 60, 3600, 86400

_Part = Callable[[Mapping[str, str], float], str]


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence with places for labels and for the value."""

    text: str
    _parts: tuple[_Part, ...]

    def worded(self, labels: Mapping[str, str], value: float) -> str:
        """Return the sentence about one result; a label that it does not have is left out."""
        return "".join(part(labels, value) for part in self._parts)


def read_template(text: str) -> Template:
    """Make a template ready; raises `ValueError` for a place that is outside the subset."""
    pieces = _PLACE.split(text)
    return Template(text, tuple(_place(piece) if odd % 2 else _words(piece) for odd, piece in enumerate(pieces)))


def _words(text: str) -> _Part:
    return lambda _labels, _value: text


def _place(text: str) -> _Part:
    if label := _LABEL.fullmatch(text):
        name = label[1]
        return lambda labels, _value: labels.get(name, "")
    form = _VALUE.fullmatch(text)
    if form and form[1] == "printf" and form[2]:
        pattern = form[2]
        return lambda _labels, value: pattern % value if math.isfinite(value) else _digits(value)
    if form and form[1] in _FORMS and not form[2]:
        write = _FORMS[form[1]]
        return lambda _labels, value: write(value)
    raise ValueError(f"{{{{ {text} }}}} is no place that a summary may have")


def _digits(value: float) -> str:
    """Return four significant digits, or what is no number in the words of Go."""
    return f"{value:.4g}" if math.isfinite(value) else "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"


def _duration(value: float) -> str:
    if not math.isfinite(value) or value == 0:
        return _digits(value) if value else "0s"
    if abs(value) < 1:
        return _fraction(value)
    sign, whole = ("-" if value < 0 else ""), int(abs(value))
    days, hours, minutes, rest = whole // _DAY, whole // _HOUR % 24, whole // _MINUTE % 60, whole % 60
    if days:
        return f"{sign}{days}d {hours}h {minutes}m {rest}s"
    if hours:
        return f"{sign}{hours}h {minutes}m {rest}s"
    if minutes:
        return f"{sign}{minutes}m {rest}s"
    return f"{sign}{_digits(abs(value))}s"


def _fraction(value: float) -> str:
    prefix = ""
    for smaller in _SMALL:
        if abs(value) >= 1:
            break
        prefix, value = smaller, value * 1000
    return f"{_digits(value)}{prefix}s"


def _percentage(value: float) -> str:
    return f"{_digits(value * 100)}%"


def _binary(value: float) -> str:
    prefix = ""
    for larger in _BINARY if math.isfinite(value) and abs(value) > 1 else ():
        if abs(value) < _KIBI:
            break
        prefix, value = larger, value / _KIBI
    return f"{_digits(value)}{prefix}"


_FORMS: dict[str, Callable[[float], str]] = {
    "humanizeDuration": _duration,
    "humanizePercentage": _percentage,
    "humanize1024": _binary,
}
