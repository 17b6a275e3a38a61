"""STS: credentials that carry their account, so that a call's account can be told over any tap."""

from __future__ import annotations

from datetime import timedelta

from mllens.sandbox import identity
from mllens.sandbox.answer import Answer, Call, hook
from mllens.sandbox.errors import AwsError


@hook("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> Answer:
    """Who calls, from the access key."""
    kind, _, name = call.caller.rpartition(":")[2].partition("/")
    tail = name.rpartition("/")[2]
    who = (
        f"AROA{identity.letters(17, name).upper()}:{tail}"
        if kind == "assumed-role"
        else f"AIDA{identity.letters(17, name).upper()}"
    )
    return {"UserId": who, "Account": call.account, "Arn": call.caller}


@hook("sts", "AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")
def assume_role(call: Call) -> Answer:
    """Into any account; the role need not exist and its trust is not judged (order a `deny` fault for that)."""
    arn = call.params["RoleArn"]
    parts = arn.split(":")
    if len(parts) < 6 or parts[2] != "iam" or not parts[5].startswith("role/"):
        raise AwsError("ValidationError", f"{arn} is invalid", 400)
    account, role = parts[4], parts[5].rpartition("/")[2]
    session = call.params.get("RoleSessionName", "session")
    caller = f"arn:{parts[1]}:sts::{account}:assumed-role/{role}/{session}"
    return {
        "Credentials": credentials(call, account, caller),
        "AssumedRoleUser": {"AssumedRoleId": f"AROA{identity.letters(17, role).upper()}:{session}", "Arn": caller},
    }


@hook("sts", "GetSessionToken", "GetFederationToken")
def get_session_token(call: Call) -> Answer:
    """Temporary credentials of the caller itself."""
    return {"Credentials": credentials(call, call.account, call.caller)}


def credentials(call: Call, account: str, caller: str) -> Answer:
    """A temporary access key for an account, remembered as this caller's."""
    key = identity.access_key(account, temporary=True, mark=identity.session_mark(account, caller))
    call.world.sessions[key] = caller
    return {
        "AccessKeyId": key,
        "SecretAccessKey": "sandbox-secret",
        "SessionToken": identity.digest(key, call.fingerprint),
        "Expiration": call.now + timedelta(seconds=call.params.get("DurationSeconds", 3600)),
    }


@hook("sts", "GetAccessKeyInfo")
def get_access_key_info(call: Call) -> Answer:
    """The account of an access key."""
    return {"Account": identity.account_of(call.params["AccessKeyId"]) or call.account}
