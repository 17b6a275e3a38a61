"""Governance: named people decide which models are built, released, kept and retired, and it is on record."""
