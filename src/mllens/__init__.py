"""Assess AWS machine-learning estates against the Well-Architected Machine Learning Lens."""

__all__ = ["__version__"]

__version__ = "0.1.0"
