"""The command line."""

from mllens.cli.main import main

__all__ = ["main"]
