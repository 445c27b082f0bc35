"""Monitoring: one page that shows the health of every service and where every job stands."""
