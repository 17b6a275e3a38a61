"""Rules on transparency."""
