"""The schema revision that this version of the code needs; kept apart so that services need not load the migrations."""

from __future__ import annotations

HEAD = "0004"
