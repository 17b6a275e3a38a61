"""Sustainability: no more hardware, storage and work than the result needs."""
