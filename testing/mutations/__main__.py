"""`make mutations`: each guard is taken out in turn, and its test has to fail; exit code 1 when one did not notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import accessa
from mutations.catalogue import MUTATIONS, Mutation

_PATIENCE_SECONDS = 300
_TESTS_FAILED = 1


def main() -> int:
    """Show that the tests pass with every guard in its place, then that each is missed."""
    unharmed = sorted({mutation.test for mutation in MUTATIONS})
    _say(f"with every guard in place: {len(unharmed)} tests …")
    if _run(unharmed, None) != 0:
        _say("they do not pass, so nothing can be told")
        return 1
    _say("pass")
    missed = [mutation for mutation in MUTATIONS if not _is_noticed(mutation)]
    _say(f"{len(MUTATIONS) - len(missed)} of {len(MUTATIONS)} guards are missed by their test when they are gone")
    return 1 if missed else 0


def _is_noticed(mutation: Mutation) -> bool:
    with tempfile.TemporaryDirectory(prefix="accessa-mutation-") as folder:
        package = Path(folder) / "accessa"
        shutil.copytree(Path(accessa.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
        changed = package / mutation.file
        text = changed.read_text(encoding="utf-8")
        if mutation.old not in text:
            raise SystemExit(
                f"{mutation.file} does not hold {mutation.old!r} any more: mend testing/mutations/catalogue.py"
            )
        changed.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
        noticed = _run([mutation.test], Path(folder)) == _TESTS_FAILED
    _say(f"{'noticed' if noticed else 'NOT NOTICED':12} {mutation.guard}\n{'':12} {mutation.test}")
    return noticed


def _run(tests: Iterable[str], package_parent: Path | None) -> int:
    """Run tests, against the package below `package_parent` if one is given; return pytest's exit code."""
    paths = [str(package_parent)] if package_parent else []
    given = os.environ.get("PYTHONPATH")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([*paths, *([given] if given else [])])}
    command = [sys.executable, "-m", "pytest", "--quiet", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=_PATIENCE_SECONDS, check=False)
    return done.returncode


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
