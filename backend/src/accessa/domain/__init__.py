"""The rules of the pipeline, in the standard library only: statuses, moves, ids, chunkers, errors, retry rules."""
