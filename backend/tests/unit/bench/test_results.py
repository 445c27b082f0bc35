"""What is made of the runs: targets, the page, the chart and the gate."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from accessa.bench.baseline import ratios, read_baseline, worse, write_baseline
from accessa.bench.chart import svg
from accessa.bench.report import markdown
from accessa.bench.results import CEILING, OURS, Figures, Results, Run, Upload
from accessa.bench.targets import judge
from accessa.domain.errors import UsageError


def run(system: str, seconds: float, cpu: float, **more: object) -> Run:
    """Return a run of `main` with a hundred documents and a thousand chunks."""
    values = {"condition": "main", "turn": 1, "documents": 100, "chunks": 1000, "wal_bytes": 8_000_000}
    return Run(system, seconds=seconds, cpu={"client": cpu, "postgres": 0.05}, **(values | more))  # type: ignore[arg-type]


@pytest.fixture
def results() -> Results:
    """Three turns of ours, one of the raw reference, and two other systems of which one did not run."""
    return Results(
        machine={"at": "2026-11-26", "cpus": 2, "processor": "P", "memory_gib": 8, "python": "3.11", "load": 1},
        settings={"workers": 1, "rounds": 3, "scale": 1.0, "postgres": {"server_version": "18", "fsync": "on"}},
        runs=[
            run(OURS, 9.0, 0.9),
            run(OURS, 2.0, 0.08, peak_bytes=90_000_000, upload=Upload(1.0, {"api": 0.2})),
            run(OURS, 1.0, 0.07),
            run(CEILING, 1.0, 0.03),
            run("peer", 13.0, 1.0),
            Run("absent", "main", 1, note="absent: it ended before it was ready"),
        ],
        figures=[Figures("moves", {"per_second": 12_000})],
    )


def test_targets_are_judged_by_medians(results: Results) -> None:
    """Speed is compared by documents in a second, medians over the turns; what was not measured is neither."""
    measured = {each.target.measure: (each.value, each.met) for each in judge(results) if each.value is not None}
    cpu, met = measured.pop("main: CPU for 1,000 chunks, worker and Postgres")

    assert pytest.approx(0.13) == cpu
    assert met
    assert {
        "main: speed against the best peer": (6.5, True),
        "main: speed against the raw reference": (0.5, True),
        "main: peak memory of the worker": (0.0, True),
        "everywhere: lost, stored twice, promises broken": (0.0, True),
        "moves in one process": (12_000, True),
    } == measured


def test_a_loss_is_told_and_misses_its_target(results: Results) -> None:
    """One lost document of ours is a line, and no speed makes up for it; a loss of others is theirs."""
    results.runs += [run(OURS, 1.0, 0.1, turn=4, lost=1, findings=("a promise",)), run("peer", 1.0, 1.0, lost=5)]
    verdicts = {each.target.measure: (each.value, each.met) for each in judge(results)}

    assert ["main, turn 4: 1 lost; a promise"] == list(results.faults())
    assert (2, False) == verdicts["everywhere: lost, stored twice, promises broken"]


def test_the_page_tells_each_system_and_what_did_not_run(results: Results) -> None:
    """The table is by speed, says what a system costs in units of the raw reference, and leaves nobody out."""
    page = markdown(results, "chart.svg")
    rows = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ") and line.count("|") == 11]

    assert ["| system", "| ---", "| raw reference", f"| **{OURS}**", "| peer", "| absent"] == rows
    assert "| peer | 76.9 | 7.69 | 1 | 0.05 | 1.05 | 13.1 | 0 | 8 | 0 |" in page
    assert "Documents here: 100; usual are 200 documents of 40 kB, an endpoint that answers at once." in page
    assert "absent, round 1: absent: it ended before it was ready" in page
    assert "| main: speed against the best peer | at least 6 x | 6.5 x | yes |" in page
    assert "![Chunks and CPU of each system](chart.svg)" in page


def test_the_chart_is_an_image(results: Results) -> None:
    """The SVG can be read, and its longest bar is the fastest system's."""
    namespace = "{http://www.w3.org/2000/svg}"
    bars = ET.fromstring(svg(results)).findall(f"{namespace}rect")[1:]  # noqa: S314 - made here

    assert [440, 220, 34] == [int(bar.attrib["width"]) for bar in bars]


def test_the_gate_names_what_got_worse(results: Results, tmp_path: Path) -> None:
    """A ratio within the tolerance passes, one beyond it is a line, and one that is new has nothing to be held to."""
    path = tmp_path / "baseline.json"
    write_baseline(path, results)
    before = read_baseline(path)

    assert {"main.cpu": 1.62, "main.wal": 1.0} == before == ratios(results)
    assert [] == list(worse({"main.cpu": 2.0, "tiny.cpu": 9.0}, before))
    assert ["main.cpu: 2.10 times the raw reference, and 1.62 in the baseline"] == list(
        worse({"main.cpu": 2.1}, before)
    )


def test_a_gate_without_a_baseline_says_how_to_write_one(tmp_path: Path) -> None:
    """Without a file there is nothing to compare with, and the sentence names the option."""
    with pytest.raises(UsageError, match=r"There is no baseline at .*; write one: --write-baseline"):
        read_baseline(tmp_path / "none.json")
