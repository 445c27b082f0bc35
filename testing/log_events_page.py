"""Makes docs/reference/log-events.md of the two catalogues of log events: our processes' and the simulators'.

Run it as `make log-events` after a change of a catalogue; a test fails while the page differs.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from accessa.telemetry.event_catalogue import GROUPS, MEANINGS, LoggedEvent
from mock_providers.event_catalogue import EVENTS as SIMULATED

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path("docs/reference/log-events.md")


def page() -> str:
    """Return the page."""
    fields = _table(("Field", "Meaning"), ((f"`{name}`", meaning) for name, meaning in MEANINGS.items()))
    groups = [f"## {title}\n\n{_events(events)}" for title, events in GROUPS.items()]
    simulated = ((event.name, event.meaning, _listed(event.fields)) for event in SIMULATED)
    theirs = _table(("Event", "Meaning", "Fields"), simulated)
    return "\n".join(
        [_HEAD, f"## Fields of every line\n\n{fields}", *groups, f"## Simulators\n\n{_SIMULATORS}\n{theirs}"]
    )


def _events(events: Iterable[LoggedEvent]) -> str:
    rows = (
        (event.name, "error" if event.level == "exception" else event.level, event.meaning, _listed(event.fields))
        for event in events
    )
    return _table(("Event", "Level", "Meaning", "Fields"), rows)


def _listed(fields: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in fields)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    rule = tuple("---" for _ in head)
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rows))


_HEAD = """# Log events

This page is made of the catalogues in `telemetry/event_catalogue/` and `mock_providers/event_catalogue.py` by
`make log-events`. Each line of a log is one JSON object with the name of what happened in `event`. A line carries no
other fields than those named here: what is not in the catalogue is dropped, and its name stands in `left_out`. No line
holds a document's text, a file name, a key, a token or a signed address.
"""

_SIMULATORS = """Their lines have the same fields where they say the same. `parse_job_id` is the provider's own.
"""

if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(), encoding="utf-8")
