"""What is read from a flame graph, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from accessa.domain.errors import UsageError
from accessa.observe.performance.profiling import find_profiler, hotspots, record

FRAME = (
    '<title>{name} ({width:,} samples, {share:.2f}%)</title><rect x="0%" y="{y}" width="1%" fg:x="{x}" fg:w="{width}"/>'
)
FRAMES = [
    ("run (a.py)", 36, 0, 2000),
    ("embed (b.py)", 52, 0, 1500),
    ("&lt;lambda&gt; (b.py)", 68, 0, 1200),
    ("embed (b.py)", 84, 0, 300),
    ("store (c.py)", 52, 1500, 400),
]


def test_own_time_is_what_no_called_function_took() -> None:
    """A function's own part is without what it called; recursion counts once in its total."""
    drawing = "".join(FRAME.format(name=name, y=y, x=x, width=width, share=width / 20) for name, y, x, width in FRAMES)
    told = {spot.function: (spot.own, spot.total) for spot in hotspots(drawing)}

    assert {
        "<lambda> (b.py)": (0.45, 0.6),
        "embed (b.py)": (0.3, 0.75),
        "store (c.py)": (0.2, 0.2),
        "run (a.py)": (0.05, 1.0),
    } == told


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Permission Denied: Try running again with elevated permissions by going 'sudo env ...'", "PROFILE_REFUSED"),
        ("Error: No such process (os error 3)", "PROFILE_FAILED"),
    ],
)
def test_a_refusal_of_the_system_is_told_apart(
    words: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where looking into another process needs more rights, that is said; anything else is said to have failed."""
    refusing = tmp_path / "py-spy"
    refusing.write_text(f'#!/bin/sh\necho "{words}" >&2\nexit 1\n')
    refusing.chmod(0o755)
    monkeypatch.setattr("accessa.observe.performance.profiling.sys.executable", str(tmp_path / "python"))

    with pytest.raises(UsageError) as refused:
        record(1, duration=1, drawing=tmp_path / "out.svg", profiler=(find_profiler(),))
    assert code == refused.value.code


def test_a_process_that_only_waits_is_no_failure(tmp_path: Path) -> None:
    """Where it did nothing in all that time, an empty drawing is kept, and no function is told."""
    idle = tmp_path / "py-spy"
    idle.write_text("#!/bin/sh\necho '<?xml ?><svg></svg>'\necho 'Error: No stack counts found' >&2\nexit 1\n")
    idle.chmod(0o755)

    assert [] == record(1, duration=1, drawing=tmp_path / "out.svg", profiler=(str(idle),))
    assert "<svg" in (tmp_path / "out.svg").read_text()


def test_without_the_profiler_its_installation_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where py-spy is not installed, that is said, with what brings it."""
    monkeypatch.setattr("accessa.observe.performance.profiling.sys.executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(UsageError, match="py-spy, which is not installed"):
        find_profiler()
