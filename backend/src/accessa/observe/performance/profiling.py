"""Looks into a running process of this machine with py-spy: where its time goes, drawn and counted."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from pathlib import Path
from shutil import which

from accessa.domain.errors import UsageError

_GRACE_SECONDS = 30
_SAMPLES_A_SECOND = 100
# What py-spy calls an error: a process that only waited all the time.
_IDLE = "No stack counts found"
_FRAME = re.compile(
    r"<title>(?P<name>[^<]*) \([\d,]+ samples, [\d.]+%\)</title>"
    r'<rect [^>]*\by="(?P<y>\d+)"[^>]*fg:x="(?P<x>\d+)" fg:w="(?P<width>\d+)"'
)


@dataclass(frozen=True, slots=True)
class Hotspot:
    """One function: the parts of all samples in which it ran itself, and in which it or what it called did."""

    function: str
    own: float
    total: float


def find_profiler() -> str:
    """Return the program; raise `UsageError` PROFILER_MISSING when it is not installed."""
    beside = Path(sys.executable).with_name("py-spy")
    found = str(beside) if beside.is_file() else which("py-spy")
    if found is None:
        raise UsageError("PROFILER_MISSING")
    return found


def record(pid: int, *, duration: float, drawing: Path, profiler: Sequence[str]) -> list[Hotspot]:
    """Sample `pid` and its children for `duration` seconds, write the flame graph, and return the functions of it.

    `profiler` is the command of py-spy, which may look from inside of a container. Raises `UsageError` PROFILE_REFUSED
    where the system does not let one process look into another, PROFILE_FAILED for anything else, such as a process
    that ended meanwhile.
    """
    command = [*profiler, "record", "--pid", str(pid), "--duration", str(max(1, round(duration)))]
    command += ["--rate", str(_SAMPLES_A_SECOND), "--format", "flamegraph", "--function", "--subprocesses"]
    try:
        done = subprocess.run(
            [*command, "--output", "/dev/stdout"],
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=duration + _GRACE_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise UsageError("PROFILE_FAILED") from None
    start = done.stdout.find("<?xml")
    if start < 0 or (done.returncode and _IDLE not in done.stderr):
        raise UsageError(_refusal(done.stderr))
    drawing.parent.mkdir(parents=True, exist_ok=True)
    drawing.write_text(done.stdout[start:], encoding="utf-8")
    return hotspots(done.stdout)


def _refusal(words: str) -> str:
    refused = ("permission denied", "operation not permitted", "requires root", "sudo")
    return "PROFILE_REFUSED" if any(sign in words.lower() for sign in refused) else "PROFILE_FAILED"


def hotspots(drawing: str) -> list[Hotspot]:
    """Return the functions of a flame graph, the one that ran most itself first."""
    frames = sorted(
        (int(found["y"]), int(found["x"]), int(found["width"]), unescape(found["name"]))
        for found in _FRAME.finditer(drawing)
    )
    own: Counter[str] = Counter()
    total: Counter[str] = Counter()
    all_samples = max((x + width for _, x, width, _ in frames), default=0)
    above: list[list[tuple[int, int, str]]] = []
    previous = None
    for y, x, width, name in frames:
        if y != previous:
            above.append([])
            previous = y
        above[-1].append((x, width, name))
        own[name] += width
    for upper, lower in pairwise(above):
        for x, width, _ in lower:
            parent = next((name for start, room, name in upper if start <= x < start + room), None)
            if parent is not None:
                own[parent] -= width
    for name, width in _outermost(frames):
        total[name] += width
    shares = (Hotspot(name, own[name] / all_samples, total[name] / all_samples) for name in own)
    return sorted((spot for spot in shares if spot.own > 0), key=lambda spot: -spot.own)


def _outermost(frames: list[tuple[int, int, int, str]]) -> list[tuple[str, int]]:
    """Return the frames that no frame of the same function stands around, so that recursion is counted once."""
    covered: dict[str, list[tuple[int, int]]] = {}
    found = []
    for _, x, width, name in frames:
        spans = covered.setdefault(name, [])
        if not any(start <= x < start + room for start, room in spans):
            spans.append((x, width))
            found.append((name, width))
    return found
