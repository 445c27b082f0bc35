"""PromQL over samples in memory: the subset that alerts need, with the answers that Prometheus gives."""
