"""The dashboards for Grafana: they are what Grafana reads, nothing overlaps, and every query asks for what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from accessa.observe.descriptions import system_descriptions
from accessa.settings import load_settings
from accessa.telemetry.metrics import DESCRIPTIONS
from dashboards.catalogue import DASHBOARDS, as_json

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "monitoring" / "grafana" / "dashboards"
RUNBOOKS = ROOT / "docs" / "runbooks"
# Labels that Prometheus adds, and those of the buckets of a histogram.
ADDED = {"job", "instance"}
# What the client library tells of a process, and what the evaluator of the alerts does.
FROM_ELSEWHERE: dict[str, set[str]] = {
    "process_cpu_seconds_total": set(),
    "accessa_alerts": {"alert", "severity", "state"},
}


def known_metrics() -> dict[str, set[str]]:
    """Return every series that we describe with its labels; a histogram is three of them."""
    known = {name: set(labels) for name, labels in FROM_ELSEWHERE.items()}
    for described in (*DESCRIPTIONS, *system_descriptions(load_settings())):
        labels = set(described.labels)
        known[described.name] = labels
        if described.kind == "histogram":
            del known[described.name]
            known[f"{described.name}_bucket"] = labels | {"le"}
            known |= {f"{described.name}_{part}": labels for part in ("sum", "count")}
    return known


def board(name: str) -> dict[str, Any]:
    """Return a dashboard as it lies in the repository."""
    read: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return read


def panels(name: str) -> list[dict[str, Any]]:
    """Return the panels of a dashboard, without the rows' headings."""
    return [panel for panel in board(name)["panels"] if panel["type"] != "row"]


def targets() -> Iterator[Any]:
    """Yield each query of each panel, named by both."""
    for name in DASHBOARDS:
        for panel in panels(name):
            for target in panel["targets"]:
                yield pytest.param(target, panel, id=f"{name}: {panel['title']} {target['refId']}")


def parsed(expression: str) -> promql_parser.Expr:
    """Parse a query with Grafana's own variables filled in."""
    filled = re.sub(r"\$__(rate_interval|range)\b", "5m", expression)
    assert "$" not in filled
    return promql_parser.parse(filled)


def selectors(expression: str) -> list[promql_parser.VectorSelector]:
    """Return every place of a query that asks for series."""
    found: list[promql_parser.VectorSelector] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        if isinstance(node, promql_parser.MatrixSelector):
            found.append(node.vector_selector)

    promql_parser.walk(parsed(expression), visit)
    return found


def grouping(expression: str) -> set[str]:
    """Return the labels that a query groups and joins by."""
    labels: set[str] = set()

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            labels.update(node.modifier.labels)
        if isinstance(node, promql_parser.BinaryExpr) and node.modifier and node.modifier.matching:
            labels.update(node.modifier.matching.labels)

    promql_parser.walk(parsed(expression), visit)
    return labels


def lost(wanted: Any, got: Any, path: str = "") -> list[str]:
    """Return the paths of what is in `wanted` and not, or otherwise, in `got`."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        return [place for key in wanted for place in lost(wanted[key], got.get(key), f"{path}/{key}")]
    if isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        return [place for at, part in enumerate(wanted) for place in lost(part, got[at], f"{path}/{at}")]
    return [] if wanted == got else [path]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_file_is_what_the_description_makes(name: str) -> None:
    """A dashboard is not changed by hand, as that would be lost: `make dashboards` writes it."""
    assert as_json(DASHBOARDS[name]()) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def test_there_is_no_other_file() -> None:
    """Every file in the folder is one that the description makes."""
    assert set(DASHBOARDS) == {path.stem for path in FOLDER.iterdir()}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafanas_own_model_takes_all_of_it(name: str) -> None:
    """What is written is read by the types that are made of Grafana's schema, and nothing in it is unknown to them."""
    register_default_plugins()
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(board(name))))
    assert [] == lost(board(name), again)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_numbers_and_places_of_their_own(name: str) -> None:
    """No two panels have one number or share a cell, and none reaches over the edge."""
    boxes = [panel["gridPos"] for panel in board(name)["panels"]]
    cells = [
        (column, line)
        for box in boxes
        for column in range(box["x"], box["x"] + box["w"])
        for line in range(box["y"], box["y"] + box["h"])
    ]
    numbers = [panel["id"] for panel in board(name)["panels"]]

    assert len(set(numbers)) == len(numbers)
    assert len(set(cells)) == len(cells)
    assert max(column for column, _ in cells) < 24


@pytest.mark.parametrize("name", DASHBOARDS)
def test_figures_come_from_the_chosen_source(name: str) -> None:
    """No panel is bound to one installation: its source is the one that is chosen, and so are the uids."""
    uids = {panel["datasource"]["uid"] for panel in panels(name)}
    uids |= {target["datasource"]["uid"] for panel in panels(name) for target in panel["targets"]}

    assert {"${datasource}"} == uids
    assert {"datasource", "monitoring"} == {variable["name"] for variable in board(name)["templating"]["list"]}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_every_panel_says_what_it_shows(name: str) -> None:
    """Each has a title that no other has, a sentence, and a unit."""
    titles = [panel["title"] for panel in panels(name)]

    assert len(set(titles)) == len(titles)
    assert [] == [panel["title"] for panel in panels(name) if not panel["description"]]
    assert [] == [panel["title"] for panel in panels(name) if not panel["fieldConfig"]["defaults"].get("unit")]


@pytest.mark.parametrize(("target", "panel"), list(targets()))
def test_queries_ask_for_series_that_there_are(target: dict[str, Any], panel: dict[str, Any]) -> None:
    """Every name is a metric of ours, and every label in it, in the grouping and in the legend one of its labels."""
    known = known_metrics()
    asked = selectors(target["expr"])
    assert [] == [selector.name for selector in asked if selector.name not in known]

    labels: set[str] = set().union(*(known[str(selector.name)] for selector in asked)) | ADDED
    for selector in asked:
        matched = {matcher.name for matcher in selector.matchers.matchers}
        assert matched <= known[str(selector.name)] | ADDED
    assert grouping(target["expr"]) <= labels
    assert set(re.findall(r"{{(\w+)}}", target.get("legendFormat", ""))) <= labels
    shown = [
        step["options"]["include"]["names"] for step in panel.get("transformations", ()) if "include" in step["options"]
    ]
    assert set().union(*shown) - {"Value"} <= labels


@pytest.mark.skipif(not RUNBOOKS.is_dir(), reason="this checkout has no runbooks")
@pytest.mark.parametrize("name", DASHBOARDS)
def test_links_lead_to_runbooks(name: str) -> None:
    """Each runbook that a panel links is there."""
    urls = [link["url"] for panel in panels(name) for link in panel.get("links", ())]
    assert [] == [url for url in urls if not (RUNBOOKS / f"{url.rpartition('/')[2]}.md").is_file()]
