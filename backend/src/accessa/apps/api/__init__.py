"""The HTTP API: uploads in, progress and search out, webhooks of the parse provider."""
