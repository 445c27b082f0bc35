"""Starts a stack whose API listens late: `run_neighbour.py PORT FILE`; prints each sentence that it tells.

Its usual ports begin at PORT, so that two of them want the same; FILE lets the API begin.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from backend.tests.integration.stack.conftest import program, web_only

from accessa.settings import Settings, load_settings
from accessa.stack import blueprint, up
from accessa.stack.plan import Health, Service
from accessa.stack.ports import PortWish
from accessa.stack.service_table import Blueprint, port_wishes

FIRST_PORT, GATE = int(sys.argv[1]), sys.argv[2]


def wishes(settings: Settings) -> list[PortWish]:
    """Return what all neighbours wish for."""
    return [replace(wish, usual=FIRST_PORT + place) for place, wish in enumerate(port_wishes(settings))]


def late_api(plan: Blueprint) -> list[Service]:
    """Return an API that waits for a step, as the real one does for the migrations."""
    step = plan.service("migrations", program("wait-for", GATE)).model_copy(update={"health": Health(kind="exit")})
    return [step, *(service.model_copy(update={"depends_on": ("migrations",)}) for service in web_only(plan))]


if __name__ == "__main__":
    blueprint.__dict__["port_wishes"] = wishes
    up(load_settings(), on_progress=print, table=late_api)
