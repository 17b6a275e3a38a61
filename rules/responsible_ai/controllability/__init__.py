"""Controllability: people decide what serves, stop it, and go back."""
