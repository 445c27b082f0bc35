"""Simulators of the paid providers: LlamaParse and OpenAI embeddings, as ordinary ASGI apps."""
