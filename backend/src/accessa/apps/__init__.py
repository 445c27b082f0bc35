"""The processes: API, worker, monitor and storage server, each unaware of the others."""
