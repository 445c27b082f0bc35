"""Programs beside Python that some tests need."""

from __future__ import annotations

import os
import shutil

import pytest


def require_program(*names: str, package: str) -> str:
    """Return where a program is, which may have several names.

    Without it the tests that need it fail in CI, and are left out with a sentence elsewhere.
    """
    # Debian keeps servers where only root looks for them.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    found = next(filter(None, (shutil.which(name, path=path) for name in names)), None)
    if found is None:
        missing = f"This test needs {names[0]} on the PATH; on Debian: apt-get install {package}"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found
