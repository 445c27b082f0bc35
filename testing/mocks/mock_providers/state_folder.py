"""Where a simulator keeps its durable state."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path


def state_folder(data_dir: Path | None, service: str) -> Path:
    """Return the folder of `service` below `data_dir`; without one, a temporary folder of this process."""
    if data_dir is None:
        data_dir = Path(tempfile.mkdtemp(prefix=f"mock-{service}-"))
        atexit.register(shutil.rmtree, data_dir, ignore_errors=True)
    folder = data_dir / service
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
