"""What the processes tell of themselves: structured logs."""
