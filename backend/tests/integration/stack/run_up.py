"""Starts the small stack from a process of its own: `run_up.py [WORKERS]`; prints the supervisor's id."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))

from backend.tests.integration.stack.conftest import migrated

from accessa.settings import load_settings
from accessa.stack import up

if __name__ == "__main__":
    state = up(load_settings(), table=migrated)
    sys.stdout.write(f"{state.supervisor_pid}\n")
