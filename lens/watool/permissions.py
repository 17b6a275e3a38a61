"""The IAM permissions that each command needs, and no more."""

from collections.abc import Iterable, Mapping
from typing import Any

from mllens.lens.watool.connection import SERVICE

COMMANDS: Mapping[str, tuple[str, ...]] = {
    "import": ("ExportLens", "ImportLens", "ListLenses"),
    "publish": ("CreateLensVersion", "ExportLens", "ListLenses"),
    "status": ("ExportLens", "ListLenses"),
}
"""What each command about lenses sends."""

_LOOKING = ("ExportLens", "GetAnswer", "GetGlobalSettings", "GetLensReview", "GetWorkload", "ListAnswers")
REVIEW_COMMANDS: Mapping[str, tuple[str, ...]] = {
    "compare": _LOOKING,
    "plan": _LOOKING,
    "apply": (
        "CreateMilestone",
        "ExportLens",
        "GetAnswer",
        "GetGlobalSettings",
        "GetLensReview",
        "GetWorkload",
        "ListMilestones",
        "UpdateAnswer",
    ),
    "verify": ("ExportLens", "GetAnswer", "GetGlobalSettings", "GetLensReview", "GetWorkload"),
    "rollback": ("GetAnswer", "GetGlobalSettings", "GetWorkload", "UpdateAnswer"),
}
"""What each command about reviews sends."""

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
    """The least policy for these commands about lenses."""
    return {"Version": "2012-10-17", "Statement": list(statements(commands, partition=partition))}


def review_policy(commands: Iterable[str], *, partition: str, workload: str = "*") -> dict[str, Any]:
    """The least policy for these commands about reviews: for one workload, where its id is given."""
    operations = sorted({operation for command in commands for operation in REVIEW_COMMANDS[command]})
    account = f"arn:{partition}:{SERVICE}:*:*"
    lenses = [o for o in operations if o in _OF_A_LENS]
    settings = [o for o in operations if o == "GetGlobalSettings"]
    said = [_allow("MllensReviewLens", lenses, f"{account}:lens/*")] if lenses else []
    said += [_allow("MllensReviewSettings", settings, "*")] if settings else []
    rest = [o for o in operations if o not in (*lenses, *settings)]
    return {
        "Version": "2012-10-17",
        "Statement": [_allow("MllensReview", rest, f"{account}:workload/{workload}"), *said],
    }


def _allow(sid: str, operations: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": [f"{SERVICE}:{o}" for o in operations], "Resource": resource}
