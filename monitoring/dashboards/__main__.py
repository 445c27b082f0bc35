"""Writes every dashboard as JSON: `PYTHONPATH=monitoring python -m dashboards`, or `make dashboards`."""

from __future__ import annotations

from pathlib import Path

from dashboards.catalogue import DASHBOARDS, as_json

FOLDER = Path(__file__).parents[1] / "grafana" / "dashboards"


def main() -> None:
    """Write all of them anew."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, build in DASHBOARDS.items():
        (FOLDER / f"{name}.json").write_text(as_json(build()), encoding="utf-8")


if __name__ == "__main__":
    main()
