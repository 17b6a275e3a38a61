"""Operational excellence: what is built can be rebuilt, and what serves is watched."""
