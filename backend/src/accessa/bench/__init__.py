"""The benchmark: the whole product, the least work that could do the same, and others, measured side by side."""
