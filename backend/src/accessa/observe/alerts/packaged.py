"""The files that come with the program: the catalogue of alerts, and the runbooks."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import accessa

_RUNBOOK = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def catalogue_text() -> str:
    """Return the text of `monitoring/alerts.yaml`."""
    return _found("monitoring/alerts.yaml", "alerts.yaml").read_text(encoding="utf-8")


def runbook_text(name: str) -> str | None:
    """Return the Markdown of `docs/runbooks/<name>.md`; None when there is no such runbook."""
    if not _RUNBOOK.fullmatch(name):
        return None
    try:
        return _found(f"docs/runbooks/{name}.md", f"runbooks/{name}.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _found(in_checkout: str, in_wheel: str) -> Traversable | Path:
    """Return the file of the checkout that runs, else its copy in the wheel, which is made when that is built."""
    checkout = Path(accessa.__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").is_file():
        return checkout / in_checkout
    return files("accessa.observe.alerts").joinpath(in_wheel)
