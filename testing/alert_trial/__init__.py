"""Injects faults into a real stack and measures when alerts fire: in the monitoring, on its page, and in Prometheus."""
