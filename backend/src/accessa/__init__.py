"""Accessa: document ingestion in which nothing is lost and nothing is paid twice."""

from __future__ import annotations

__version__ = "0.1.0"
