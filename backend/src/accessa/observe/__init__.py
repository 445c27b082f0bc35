"""Sight: what the whole system is like, told as figures, metrics, alerts and reports."""
