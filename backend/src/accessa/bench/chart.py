"""The chart of a benchmark as an SVG: for each condition a bar a system, by speed."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from accessa.bench.report import number
from accessa.bench.results import CEILING, OURS, Results

_WIDTH, _NAME, _BAR, _ROW, _HEAD = 820, 250, 440, 22, 34
_COLOURS = {OURS: "#1b6e53", CEILING: "#9aa5b1"}
_OTHERS = "#c98a2b"


def bars(results: Results) -> Iterator[tuple[str, str, float]]:
    """Yield condition, system and documents in a second, the fastest of a condition first."""
    for condition in dict.fromkeys(run.condition for run in results.runs):
        systems = dict.fromkeys(run.system for run in results.runs if run.condition == condition and run.seconds)
        speeds = [
            (results.median(system, condition, lambda run: run.documents_per_second) or 0.0, system)
            for system in systems
        ]
        yield from ((condition, system, speed) for speed, system in sorted(speeds, reverse=True))


def svg(results: Results) -> str:
    """Return the chart; bars of one condition share a scale, those of two do not."""
    parts: list[str] = []
    top, last, most = 10, "", 1.0
    for condition, system, speed in bars(results):
        if condition != last:
            parts.append(f'<text x="10" y="{top + 22}" font-weight="bold">{escape(condition)}, documents/s</text>')
            top, last, most = top + _HEAD, condition, speed or 1.0
        parts += _bar(top, system, speed, speed / most)
        top += _ROW
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top + 10}" font-family="sans-serif" '
        f'font-size="13">\n<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )


def _bar(top: int, system: str, speed: float, share: float) -> Iterator[str]:
    colour = _COLOURS.get(system, _OTHERS)
    width = max(1.0, _BAR * share)
    yield f'<text x="{_NAME - 8}" y="{top + 15}" text-anchor="end">{escape(system)}</text>'
    yield f'<rect x="{_NAME}" y="{top + 3}" width="{width:.0f}" height="{_ROW - 6}" fill="{colour}"/>'
    yield f'<text x="{_NAME + width + 6:.0f}" y="{top + 15}">{number(speed)}</text>'
