"""`auto` is as many workers as the machine is good for, and a sentence says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from accessa.stack.worker_count import Machine, this_machine, wanted_workers

GIGABYTE = 1_000_000_000


@pytest.mark.parametrize(
    ("machine", "told"),
    [
        (Machine(2, 8 * GIGABYTE), "2 workers: as many as cores for them."),
        (Machine(1.5, 8 * GIGABYTE), "1 worker: as many as cores for them."),
        (Machine(0.5, 8 * GIGABYTE), "1 worker: as many as cores for them."),
        (Machine(4, GIGABYTE), "3 workers: as many as 1.0 GB of free memory hold."),
        (Machine(4, 0), "1 worker: as many as 0.0 GB of free memory hold."),
        (Machine(64, 64 * GIGABYTE), "8 workers: more than 8 are started only when asked for."),
    ],
)
def test_auto_says_what_has_decided(machine: Machine, told: str) -> None:
    """Cores, free memory or the most that start by themselves; one worker there is always."""
    said: list[str] = []

    assert told.split(maxsplit=1)[0] == str(wanted_workers("auto", said.append, machine))
    assert [told] == said


def test_a_number_is_taken_as_it_is() -> None:
    """Whoever asks for a number gets it, and hears no reason."""
    said: list[str] = []

    assert (32, []) == (wanted_workers(32, said.append, Machine(1, 0)), said)


def test_a_container_has_less_than_its_machine(tmp_path: Path) -> None:
    """A quota of processor time and a limit of memory count, and `max` stands for none."""
    whole = this_machine(tmp_path)
    for name, text in {"cpu.max": "50000 100000", "memory.max": "900", "memory.current": "200"}.items():
        (tmp_path / name).write_text(f"{text}\n")
    bounded = this_machine(tmp_path)
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")

    assert Machine(0.5, 700) == bounded
    assert whole.cores == this_machine(tmp_path).cores
    assert bounded.free_bytes < whole.free_bytes
