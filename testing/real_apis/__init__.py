"""Tests that may call paid services, what they record, and how far our simulators are from it."""
