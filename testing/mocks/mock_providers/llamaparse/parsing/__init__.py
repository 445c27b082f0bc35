"""Reads the real text of files: in child processes with limits, page range by page range."""
