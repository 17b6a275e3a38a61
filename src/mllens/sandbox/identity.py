"""Identifiers that depend on what was asked, never on when or in which order."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

ACCESS_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z2-7]{4}(\d{12})")
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def digest(*parts: object) -> str:
    """32 hexadecimal characters that are the same for the same parts, in every process."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def unique(*parts: object) -> str:
    """A version 4 UUID in the usual spelling, derived from the parts."""
    return str(uuid.UUID(digest(*parts), version=4))


def share(*parts: object) -> float:
    """A number in [0, 1) derived from the parts: the die that falls the same way every time."""
    return int(digest(*parts)[:13], 16) / 16**13


def letters(length: int, *parts: object) -> str:
    """Lower-case letters and digits, as AWS uses them in made-up names."""
    number, out = int(digest(*parts), 16), ""
    while len(out) < length:
        number, rest = divmod(number, 36)
        out += "0123456789abcdefghijklmnopqrstuvwxyz"[rest]
    return out


def access_key(account: str, *, temporary: bool = False, mark: str = "MLLE") -> str:
    """An access key id that carries its account, so that any tap can tell whose call it is."""
    return f"{'ASIA' if temporary else 'AKIA'}{mark}{account}"


def session_mark(*parts: object) -> str:
    """Four characters that tell the sessions of one account apart."""
    number = int(digest(*parts), 16)
    return "".join(_BASE32[number >> shift & 31] for shift in (0, 5, 10, 15))


def account_of(key: str) -> str | None:
    """The account inside an access key id of ours, or None for anybody else's key."""
    found = ACCESS_KEY.fullmatch(key)
    return found[1] if found else None


def arn(service: str, region: str, account: str, resource: str) -> str:
    """An ARN in the partition that the region belongs to."""
    return f"arn:{partition(region)}:{service}:{region}:{account}:{resource}"


def partition(region: str) -> str:
    """The partition of a region: `aws`, `aws-cn` or `aws-us-gov`."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def without(params: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """The parameters without some top-level members, say the tokens that SDKs make up."""
    return {name: value for name, value in params.items() if name not in names}
