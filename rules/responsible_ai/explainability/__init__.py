"""Rules on explainability."""
