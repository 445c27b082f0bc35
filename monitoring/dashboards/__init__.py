"""The dashboards for Grafana, described in Python and typed against Grafana's own schema."""
