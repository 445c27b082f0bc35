"""The stages, what runs them, and the other ways into and out of the pipeline."""
