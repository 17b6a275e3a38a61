"""Rules on fairness."""
