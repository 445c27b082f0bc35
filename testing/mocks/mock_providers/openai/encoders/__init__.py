"""What turns texts into vectors: one module per kind of model."""
