"""Reliability: models that keep serving, and can be put back."""
