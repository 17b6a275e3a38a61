"""Responsible AI: one folder for each dimension."""
