"""The IAM permissions that each command needs, and no more."""

from collections.abc import Iterable, Mapping
from typing import Any

from mllens.lens.watool.tool import SERVICE

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "import": ("ExportLens", "ImportLens", "ListLenses"),
    "publish": ("CreateLensVersion", "ExportLens", "ListLenses"),
    "status": ("ExportLens", "ListLenses"),
}
"""What each command sends."""

_OF_A_LENS = frozenset({"CreateLensVersion", "ExportLens"})  # IAM takes no resource for the other operations


def statements(
    commands: Iterable[str], *, partition: str, region: str = "*", account: str = "*"
) -> tuple[dict[str, Any], ...]:
    """The statements for these commands: what is done to a lens is allowed on the account's own lenses only."""
    operations = sorted({operation for command in commands for operation in COMMANDS[command]})
    lens = f"arn:{partition}:{SERVICE}:{region}:{account}:lens/*"
    return (
        _allow("MllensLens", [o for o in operations if o in _OF_A_LENS], lens),
        _allow("MllensLenses", [o for o in operations if o not in _OF_A_LENS], "*"),
    )


def policy(commands: Iterable[str], *, partition: str) -> dict[str, Any]:
    """The least policy for these commands."""
    return {"Version": "2012-10-17", "Statement": list(statements(commands, partition=partition))}


def _allow(sid: str, operations: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": [f"{SERVICE}:{o}" for o in operations], "Resource": resource}
