"""Security: who and what can reach models and their data."""
