"""Makes docs/reference/faults.md of the marks on the tests: each fault, its outcome, what must hold, and the test.

Run it as `make faults-table` after a change of a mark; a test fails while the page differs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = Path("docs/reference/faults.md")
TESTS = Path("backend/tests")

GROUPS = {
    "K": ("Processes that die, stop or freeze", 14),
    "D": ("Trouble with the database", 13),
    "T": ("Trouble with the storage", 5),
    "P": ("Trouble with the parse provider and its webhooks", 12),
    "E": ("Trouble with the embedding provider", 6),
    "I": ("Input that is broken or hostile", 6),
    "O": ("Operation", 4),
}
ROWS = tuple(f"{letter}{number}" for letter, (_, last) in GROUPS.items() for number in range(1, last + 1))
# Rows whose tests are still to come. The page says so, and a test fails when this list is not exactly what is missing.
AWAITED: tuple[str, ...] = ()

INVARIANTS = {
    "S1": "every move of a status is one that the chain allows",
    "S2": "the moves of a job make an unbroken chain, and its row agrees with the last",
    "S3": "the epoch of a lease goes up by one with each claim",
    "S4": "an epoch has one owner",
    "S5": "an owner that was replaced writes nothing more",
    "S6": "the chunks are whole, in order and unaltered",
    "S7": "each chunk has exactly one vector of its model, and no vector is without its chunk",
    "S8": "each vector is sound and that of its own text",
    "S9": "a job ends once, and nothing happens to it afterwards",
    "S10": "what is recorded is never bought again; a lost lease or a repeated call costs one batch at most",
    "S11": "nothing that was acknowledged is lost, and nothing exists twice",
    "S12": "tenants never mix",
    "S13": "a webhook counts once and for its own job only; a refused one leaves nothing",
    "S14": "a failure has a code and a sentence, and gives away no text, name or secret",
    "S15": "no lease outlasts its job or its longest time",
    "S16": "attempts and crashes stay within their limits, and only counted errors count",
    "S17": "what is live is complete, and what is complete is live or was replaced",
    "S18": "no row of a simulator stands outside local, and every maker is known",
    "S19": "deletions are finished, and nothing is left of what was deleted",
    "S20": "no plan, set or parse is kept without its use",
    "S21": "receipts agree with the rows and with the spending",
    "L1": "every job ends without help once the fault is over",
    "L2": "nothing that is due stays unclaimed",
    "L3": "no session is stuck in the database",
    "L4": "the processes stay responsive, and their memory bounded",
    "L5": "a job that kills its workers ends, while the others go on",
    "L6": "a tenant with one document is not held up by one with thousands",
    "L7": "a parse ends without any webhook",
    "L8": "a worker that is told to stop does so in time and keeps no lease",
}


@dataclass(frozen=True, slots=True)
class Proof:
    """One mark on one test."""

    row: str
    fault: str
    outcome: str
    invariants: tuple[str, ...]
    file: Path
    test: str
    is_drill: bool


def collect_proofs(root: Path) -> list[Proof]:
    """Return every mark below the tests of a checkout, in the order of the rows."""
    found = [proof for file in sorted((root / TESTS).rglob("test_*.py")) for proof in _proofs_of(file, root)]
    return sorted(found, key=lambda proof: (*_place_of(proof.row), proof.file, proof.test))


def missing_rows(proofs: Iterable[Proof]) -> list[str]:
    """Return the rows of the full list that no test proves."""
    proved = {proof.row for proof in proofs}
    return [row for row in ROWS if row not in proved]


def unknown_names(proofs: Iterable[Proof]) -> list[str]:
    """Return what marks name and nobody has defined: rows and invariants, each with its test."""
    return [
        f"{name} in {proof.test}"
        for proof in proofs
        for name in (proof.row, *proof.invariants)
        if name not in ROWS and name not in INVARIANTS
    ]


def page_of(proofs: list[Proof]) -> str:
    """Return the whole page."""
    parts = [_HEAD, *(_group(letter, proofs) for letter in GROUPS), _invariants()]
    if awaited := missing_rows(proofs):
        parts.insert(1, f"**Not proved by any test yet:** {', '.join(awaited)}.\n")
    return "\n".join(parts)


def _proofs_of(file: Path, root: Path) -> Iterator[Proof]:
    text = file.read_text(encoding="utf-8")
    if "mark.fault(" not in text:
        return
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = [ast.unparse(decorator) for decorator in node.decorator_list]
            is_drill = any(mark.startswith("pytest.mark.drill") for mark in marks)
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
                    row, fault, outcome, *names = (str(ast.literal_eval(argument)) for argument in decorator.args)
                    invariants = tuple(re.findall(r"\w+", " ".join(names)))
                    yield Proof(row, fault, outcome, invariants, file.relative_to(root), node.name, is_drill)


def _place_of(row: str) -> tuple[int, int]:
    letters = list(GROUPS)
    letter, number = row[:1], row[1:]
    return (letters.index(letter) if letter in letters else len(letters), int(number) if number.isdigit() else 0)


def _group(letter: str, proofs: list[Proof]) -> str:
    title, _ = GROUPS[letter]
    lines = [_line(proof) for proof in proofs if proof.row.startswith(letter)]
    head = "| Row | Fault | Outcome | Holds | Test |\n|---|---|---|---|---|\n"
    return f"## {title}\n\n{head}{''.join(lines)}"


def _line(proof: Proof) -> str:
    # A page in docs/reference is two folders below the root.
    test = f"[{proof.test}](../../{proof.file.as_posix()})" + (" (drill)" if proof.is_drill else "")
    cells = (proof.row, proof.fault, proof.outcome, ", ".join(proof.invariants), test)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _invariants() -> str:
    lines = "".join(f"| {name} | {sentence} |\n" for name, sentence in INVARIANTS.items())
    return f"## What must hold\n\n| Name | Sentence |\n|---|---|\n{lines}"


_HEAD = """# Faults, and the tests that prove their outcome

This page is made of the marks on the tests by `make faults-table`. Each line is a fault, what becomes of it, what must
hold afterwards (explained [below](#what-must-hold)), and the test that does it for real. Tests with "drill" take long;
`make drill` runs them, all others are part of `./scripts/run-local-tests.sh`.
"""


if __name__ == "__main__":
    (ROOT / PAGE).parent.mkdir(exist_ok=True)
    (ROOT / PAGE).write_text(page_of(collect_proofs(ROOT)), encoding="utf-8")
