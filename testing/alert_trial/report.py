"""What the trial has seen, as sentences and as the table of the reference."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from alert_trial.faults import Fault

_WITNESSES = ("monitoring", "page", "Prometheus")


@dataclass(slots=True)
class Outcome:
    """One fault: after how many seconds each witness saw its alert fire, and, after the repair, saw it gone."""

    fault: Fault
    lasts: float
    allowed: float = 0.0
    inject_seconds: float = 0.0
    fired: dict[str, float] = field(default_factory=dict)
    resolved: dict[str, float] = field(default_factory=dict)
    summary: str = ""
    runbook: bool = False
    not_here: str = ""

    @property
    def picture(self) -> bool:
        """Whether there is anything to keep a picture of."""
        return not self.not_here

    @property
    def good(self) -> bool:
        """Whether everybody saw it in time, its runbook exists, and it went away again."""
        if self.not_here:
            return True
        in_time = all(seconds <= self.allowed for seconds in self.fired.values())
        return bool(self.fired) and in_time and self.runbook and self.resolved.keys() >= self.fired.keys()

    def sentence(self) -> str:
        """Say it in one line."""
        if self.not_here:
            return f"{self.fault.name}: not tried, {self.not_here}"
        fired = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.fired.items()) or "nobody"
        resolved = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.resolved.items()) or "never"
        verdict = "good" if self.good else f"NOT GOOD (allowed {self.allowed:.0f} s, runbook {self.runbook})"
        return f"{self.fault.name}: {self.fault.alert} seen by {fired}; gone: {resolved}; {verdict}. {self.summary}"


def as_table(outcomes: Sequence[Outcome], known: str, order: Sequence[str]) -> str:
    """Return the page of the reference, in the `order` of the faults' names.

    Rows of faults that were not tried this time are taken from `known`, the page as it is.
    """
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in known.splitlines() if line.startswith("| ")}
    rows |= {outcome.fault.name: _row(outcome) for outcome in outcomes}
    lines = [
        "# How fast alerts are",
        "",
        "Made by `make alert-trial`, which injects each fault into a real stack and measures when its alert fires: in",
        "the monitoring's own evaluator, on its page in a browser, and in Prometheus with the rules of the catalogue.",
        "Times are seconds from the injection; *gone after* counts from the repair. *Sign after* is what the sign of a",
        "fault takes by its nature before the for-duration begins, as a heartbeat that is missed three times.",
        "",
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, {platform.system()}, scrapes and evaluations every second.",
        "",
        "| Fault | Alert | For | Sign after | Monitoring | Page | Prometheus | Gone after | What it says |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [rows[name] for name in order if name in rows]
    return "\n".join(lines) + "\n"


def _row(outcome: Outcome) -> str:
    fault = outcome.fault
    if outcome.not_here:
        return f"| {fault.name} | {fault.alert} | {outcome.lasts:g} | | | | | | not tried: {outcome.not_here} |"
    fired = [f"{outcome.fired[name]:.1f}" if name in outcome.fired else "-" for name in _WITNESSES]
    gone = f"{max(outcome.resolved.values()):.0f}" if outcome.resolved else "-"
    summary = outcome.summary.replace("|", "\\|")
    cells = [fault.name, fault.alert, f"{outcome.lasts:g}", f"{fault.visible_after:g}", *fired, gone, summary]
    return f"| {' | '.join(cells)} |"
