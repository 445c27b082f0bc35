"""What all dashboards have in common: where their figures come from, links among them, and the numbering of panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import dashboard as models

from dashboards.panels import Panel

MONITORING = "http://127.0.0.1:3000"
TAG = "accessa"
_RESERVED_UID = 40


def framed(name: str, title: str, about: str, rows: Mapping[str, Sequence[Panel]]) -> models.Dashboard:
    """Return a dashboard with `rows` of panels under their headings; each panel gets a number that stays its own."""
    board = (
        builders.Dashboard(title)
        .uid(f"accessa-{name}"[:_RESERVED_UID])
        .description(about)
        .tags([TAG])
        .editable()
        .refresh("10s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .with_variable(builders.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(
            builders.TextBoxVariable("monitoring")
            .label("Accessa monitoring")
            .description("Address of the monitoring service, which serves the runbooks")
            .default_value(MONITORING)
        )
        .link(
            builders.DashboardLink("Accessa")
            .type(models.DashboardLinkType.DASHBOARDS)
            .tags([TAG])
            .as_dropdown(as_dropdown=True)
        )
    )
    number = 0
    for heading, panels in rows.items():
        number += 1
        board.with_row(builders.Row(heading).id(number))
        for panel in panels:
            number += 1
            board.with_panel(panel.id(number))
    return board.build()
