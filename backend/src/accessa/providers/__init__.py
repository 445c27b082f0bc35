"""Clients of the outside services: parse provider, embedding provider, object storage."""
