"""One planted violation for each check of the audit."""

from __future__ import annotations

from .planted_history import ENDINGS, HISTORY, PURCHASES, REST
from .planted_rows import CONTENT, COPIES, OWNERSHIP, PUBLICATION
from .planting import Plant

PLANTS: tuple[Plant, ...] = (*HISTORY, *CONTENT, *COPIES, *PURCHASES, *OWNERSHIP, *ENDINGS, *PUBLICATION, *REST)
