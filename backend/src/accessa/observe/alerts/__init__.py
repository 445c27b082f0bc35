"""Alerts: one catalogue, judged here over scraped samples and by Prometheus over the same series."""
