"""Exit codes, and which error is which."""

import os
import tempfile
import traceback
from enum import IntEnum

import click


class Exit(IntEnum):
    """What an exit code means; where several hold, 1 wins over 10, 10 over 11, and 11 over 4."""

    DONE = 0
    BUG = 1
    USAGE = 2
    NOTHING_READ = 3
    PARTIAL = 4
    REACHED = 10
    CONFLICTS = 11


def code_of(error: Exception) -> Exit:
    """Say what went wrong, and give its code."""
    kind = type(error).__name__
    if kind in ("NothingRead", "NotSent"):
        _say(error)
        return Exit.NOTHING_READ
    if kind in (
        "DefinitionError",
        "BadInventory",
        "AssessmentError",
        "LensError",
        "BadConfig",
        "BadFaults",
        "PlanError",
        "StatementError",
        "WorkloadError",
    ):
        _say(error)
        return Exit.USAGE
    if isinstance(error, OSError) and error.filename is not None:
        _say(f"{error.filename}: {os.strerror(error.errno) if error.errno else error}")
        return Exit.USAGE
    with tempfile.NamedTemporaryFile("w", prefix="mllens-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.writelines(traceback.format_exception(error))
    _say(f"A bug in mllens: {kind}: {error}\nDetails are in {log.name}; please report them with what you typed.")
    return Exit.BUG


def _say(message: object) -> None:
    click.echo(f"mllens: {message}", err=True)
