"""`make contract-drift`: holds what the simulators send against the fixtures of what the real services send."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from real_apis.comparison import Difference, differences
from real_apis.consent import CONTRACTS
from real_apis.recordings import Recording, read_recordings
from real_apis.simulated import record_simulators

GAPS = "open-gaps.json"


def drift(fixtures: Sequence[Recording], simulated: Sequence[Recording]) -> list[Difference]:
    """Return every difference between the fixtures and what the simulators send for the same operations."""
    here = {recording.name: recording for recording in simulated}
    return [each for fixture in fixtures for each in _drift_of(fixture, here)]


def _drift_of(fixture: Recording, here: Mapping[str, Recording]) -> list[Difference]:
    if fixture.name in here:
        return differences(fixture, here[fixture.name])
    others = sorted(name for name in here if name.startswith(f"{fixture.name}_") and name[-3:].isdigit())
    told = f" (status {others[0][-3:]} instead)" if others else ""
    return [Difference(fixture.name, "operation", f"the simulator has no such answer{told}")]


def report(fixtures: Sequence[Recording], found: Sequence[Difference], gaps: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the report: where the fixtures come from, each difference, and a sum."""
    for source, count in sorted(Counter(fixture.source for fixture in fixtures).items()):
        yield f"{count} operations as of: {source}"
    for difference in found:
        reason = gaps.get(difference.operation) if difference.lacks else None
        yield f"known {difference.operation:<30} {difference.place}: {reason}" if reason else str(difference)
    lacking = {difference.operation for difference in found if difference.lacks}
    for name in sorted(gaps.keys() - lacking):
        yield f"note  {name:<30} {GAPS}: this gap is closed; take it out"
    yield (
        f"{len(fixtures)} operations compared: {len(found)} differences, "
        f"{len(lacking - gaps.keys())} operations lack something, {len(lacking & gaps.keys())} known gaps"
    )


def read_gaps(folder: Path) -> dict[str, str]:
    """Return the operations that are known to lack something, with the reason."""
    path = folder / GAPS
    gaps: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return gaps


def run(arguments: Sequence[str] | None = None) -> int:
    """Print the report; return 1 when a simulator lacks something that a service sends, and no gap says why."""
    parser = argparse.ArgumentParser(prog="contract-drift", description=__doc__)
    parser.add_argument("--fixtures", type=Path, default=CONTRACTS, help="folder of the recorded shapes")
    folder = parser.parse_args(arguments).fixtures
    fixtures, gaps = read_recordings(folder), read_gaps(folder)
    if not fixtures:
        sys.stderr.write(f"contract-drift: there is no fixture in {folder}.\n")
        return 2
    with tempfile.TemporaryDirectory() as state:
        found = drift(fixtures, asyncio.run(record_simulators(Path(state))))
    for line in report(fixtures, found, gaps):
        sys.stdout.write(f"{line}\n")
    return 1 if any(each.lacks and each.operation not in gaps for each in found) else 0


if __name__ == "__main__":
    sys.exit(run())
