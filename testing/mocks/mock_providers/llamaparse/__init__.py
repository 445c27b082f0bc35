"""The LlamaParse simulator: API v2, files, webhooks, generated content or the real text of a file."""
