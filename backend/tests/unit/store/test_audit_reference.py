"""The page of the checks is the registry, and every statement begins with what it takes."""

from __future__ import annotations

import re
from pathlib import Path

from accessa.store import audit
from accessa.store.audit import CHECKS
from accessa.store.audit.reference import reference_page

ROOT = Path(__file__).resolve().parents[4]


def test_the_page_is_made_from_the_checks() -> None:
    """Whoever reads about a check reads what it does now; see the module that makes the page."""
    assert (ROOT / "docs/reference/audit.md").read_text(encoding="utf-8") == reference_page()


def test_every_check_has_its_statement_and_every_statement_its_check() -> None:
    """No check lacks its file, and no file lies there unused."""
    files = {path.stem for path in Path(str(audit.__file__)).parent.glob("*.sql")}

    assert files == {check.name for check in CHECKS}
    assert len(CHECKS) == len(files)


def test_a_statement_tells_its_parameters_first() -> None:
    """The first line of each file names as many parameters as the check gives it."""
    told = {check.name: len(re.findall(r"\$\d", check.sql.splitlines()[0])) for check in CHECKS}

    assert {check.name: len(check.takes) for check in CHECKS} == told
