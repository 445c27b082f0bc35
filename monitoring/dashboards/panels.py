"""The few kinds of panels that the dashboards are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from grafana_foundation_sdk.builders import bargauge, common, prometheus, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.models import common as drawing
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

Panel: TypeAlias = timeseries.Panel | stat.Panel | bargauge.Panel | table.Panel
Query: TypeAlias = tuple[str, str]
"""An expression, and the legend of its series."""

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
ALL_WIDTH = 24
_HEIGHT = 8
_SMALL_HEIGHT = 4
_RED, _AMBER, _GREEN = "red", "orange", "green"


def graph(
    title: str, about: str, *queries: Query, unit: str = "short", width: int = 12, stacked: bool = False
) -> timeseries.Panel:
    """Return curves over time; `unit` is one of Grafana's, such as s, percentunit, decbytes or currencyUSD."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(about)
        .unit(unit)
        .min(0)
        .height(_HEIGHT)
        .span(width)
        .datasource(SOURCE)
        .legend(common.VizLegendOptions().display_mode(drawing.LegendDisplayMode.LIST).show_legend(show_legend=True))
        .tooltip(common.VizTooltipOptions().mode(drawing.TooltipDisplayMode.MULTI).sort(drawing.SortOrder.DESCENDING))
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(drawing.StackingMode.NORMAL)).fill_opacity(30)
    for place, (expression, legend) in enumerate(queries):
        panel.with_target(_query(place, expression).legend_format(legend))
    return panel


def number(
    title: str,
    about: str,
    expression: str,
    *,
    unit: str = "short",
    warn: float | None = None,
    alarm: float | None = None,
) -> stat.Panel:
    """Return one number; it turns amber from `warn` on and red from `alarm` on."""
    steps = [models.Threshold(value=None, color=_GREEN)]
    steps += [models.Threshold(value=value, color=colour) for value, colour in ((warn, _AMBER), (alarm, _RED)) if value]
    return (
        stat.Panel()
        .title(title)
        .description(about)
        .unit(unit)
        .no_value("no news")
        .height(_SMALL_HEIGHT)
        .span(4)
        .datasource(SOURCE)
        .thresholds(builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_query(0, expression))
    )


def verdict(title: str, about: str, expression: str, *, good: str = "yes", bad: str = "NO") -> stat.Panel:
    """Return a word: green and `good` for 1, red and `bad` for 0."""
    words = {
        "0": models.ValueMappingResult(text=bad, color=_RED, index=0),
        "1": models.ValueMappingResult(text=good, color=_GREEN, index=1),
    }
    steps = [models.Threshold(value=None, color=_RED), models.Threshold(value=1, color=_GREEN)]
    return (
        stat.Panel()
        .title(title)
        .description(about)
        .unit("none")
        .no_value("no news")
        .height(_SMALL_HEIGHT)
        .span(4)
        .datasource(SOURCE)
        .mappings([models.ValueMap(options=words)])
        .thresholds(builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
        .color_mode(drawing.BigValueColorMode.BACKGROUND)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_query(0, expression))
    )


def bars(title: str, about: str, query: Query, *, unit: str = "short", most: float | None = None) -> bargauge.Panel:
    """Return a bar for each series of now; with `most` they fill up to it, amber from 70 and red from 90 per cent."""
    steps = [models.Threshold(value=None, color=_GREEN)]
    if most:
        steps += [models.Threshold(value=0.7 * most, color=_AMBER), models.Threshold(value=0.9 * most, color=_RED)]
    panel = (
        bargauge.Panel()
        .title(title)
        .description(about)
        .unit(unit)
        .min(0)
        .height(_HEIGHT)
        .span(12)
        .datasource(SOURCE)
        .orientation(drawing.VizOrientation.HORIZONTAL)
        .thresholds(builders.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_query(0, query[0]).instant().legend_format(query[1]))
    )
    return panel.max(most) if most else panel


def rows(title: str, about: str, expression: str, *, shown: Sequence[str], unit: str = "short") -> table.Panel:
    """Return a table of the series of now: the labels `shown`, and the value."""
    fields = {name: place for place, name in enumerate((*shown, "Value"))}
    return (
        table.Panel()
        .title(title)
        .description(about)
        .unit(unit)
        .height(_HEIGHT)
        .span(12)
        .datasource(SOURCE)
        .with_transformation(
            models.DataTransformerConfig(id_val="filterFieldsByName", options={"include": {"names": list(fields)}})
        )
        .with_transformation(models.DataTransformerConfig(id_val="organize", options={"indexByName": fields}))
        .with_target(_query(0, expression).instant().format(PromQueryFormat.TABLE))
    )


def runbook(panel: Panel, *names: str) -> Panel:
    """Link the panel to runbooks, which the monitoring serves."""
    panel.links([_link(name) for name in names])
    return panel


def _link(name: str) -> builders.DashboardLink:
    told = name.replace("-", " ")
    link = builders.DashboardLink(f"What to do: {told}").type(models.DashboardLinkType.LINK)
    return link.url(f"${{monitoring}}/runbooks/{name}").target_blank(target_blank=True)


def _query(place: int, expression: str) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(expression).ref_id(chr(ord("A") + place)).datasource(SOURCE)
