"""Reading the metrics of all services into the store of samples."""
