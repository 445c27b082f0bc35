"""The files of a benchmark: everything as JSON, and the page with its chart."""

from __future__ import annotations

import json
from pathlib import Path

from accessa.bench.chart import svg
from accessa.bench.report import markdown
from accessa.bench.results import Results

_CHART = "benchmarks.svg"


def write_data(results: Results, folder: Path) -> None:
    """Write results.json."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results.as_json(), indent=1) + "\n", encoding="utf-8")


def write_page(results: Results, folder: Path) -> None:
    """Write benchmarks.md, and benchmarks.svg that it shows."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _CHART).write_text(svg(results), encoding="utf-8")
    (folder / "benchmarks.md").write_text(markdown(results, _CHART), encoding="utf-8")
