"""KMS in front of moto: how often a key rotates, which moto forgets, and which keys cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mllens.sandbox import motoland
from mllens.sandbox.answer import Answer, Call, hook
from mllens.sandbox.errors import AwsError
from mllens.sandbox.store import Record, State

_YEAR, _LONGEST = 365, 2560


def _key(call: Call) -> Any:
    """The key that is asked about, by id or ARN; refused where rotation is not to be had."""
    name = call.params["KeyId"].rpartition("/")[2]
    found = motoland.backend("kms", call.account, call.region).keys.get(name)
    if found is None:
        arn = call.arn(f"key/{name}")
        raise AwsError("NotFoundException", f"Key '{arn}' does not exist")
    if found.key_spec != "SYMMETRIC_DEFAULT" or found.origin != "AWS_KMS":
        raise AwsError(
            "UnsupportedOperationException", f"{found.arn} cannot be rotated: only symmetric keys of KMS can."
        )
    return found


def _usable_key(call: Call) -> Any:
    found = _key(call)
    if found.key_state == "Disabled":
        raise AwsError("DisabledException", f"{found.arn} is disabled.")
    if found.key_state != "Enabled":
        raise AwsError("KMSInvalidStateException", f"{found.arn} is pending deletion.")
    return found


def rotation(state: State, key: Any) -> Record:
    """What is shown of a key's rotation: period and next date while it is on."""
    on: Record = state.table("kms", "KeyRotation").get((key.id,)) or {}
    return {"KeyId": key.arn, "KeyRotationEnabled": key.key_rotation_status, **(on if key.key_rotation_status else {})}


@hook("kms", "EnableKeyRotation")
def enable_key_rotation(call: Call) -> Answer:
    """Every so many days from now on; a year where nothing was said."""
    key, days = _usable_key(call), call.params.get("RotationPeriodInDays", _YEAR)
    if days > _LONGEST:
        raise AwsError("ValidationException", f"RotationPeriodInDays must be at most {_LONGEST}, not {days}.")
    key.key_rotation_status = True
    row = {"RotationPeriodInDays": days, "NextRotationDate": call.now + timedelta(days=days)}
    call.state.table("kms", "KeyRotation").put((key.id,), row)
    return {}


@hook("kms", "DisableKeyRotation")
def disable_key_rotation(call: Call) -> Answer:
    """The period is forgotten."""
    key = _usable_key(call)
    key.key_rotation_status = False
    call.state.table("kms", "KeyRotation").pop((key.id,))
    return {}


@hook("kms", "GetKeyRotationStatus")
def get_key_rotation_status(call: Call) -> Answer:
    """Also of a key that is disabled or about to be deleted."""
    key = _key(call)
    return rotation(call.state, key)
