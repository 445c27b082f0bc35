"""The command `accessa`: talks to everything below and holds no rules."""
