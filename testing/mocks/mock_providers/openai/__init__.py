"""The OpenAI simulator: embeddings with the real limits, errors, token counts and headers."""
