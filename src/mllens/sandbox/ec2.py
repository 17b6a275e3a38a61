"""EC2's regions, without loading moto's EC2, which takes a second and knows regions of other partitions."""

from __future__ import annotations

from functools import cache

import boto3

from mllens.sandbox.answer import Answer, Call, hook
from mllens.sandbox.errors import AwsError

# Regions that every account has; the others must be opted into.
_OPEN = frozenset(
    {
        "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
        "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1",
        "us-east-2", "us-west-1", "us-west-2",
    }
)  # fmt: skip


@cache
def _regions() -> tuple[str, ...]:
    return tuple(boto3.Session().get_available_regions("ec2"))


@hook("ec2", "DescribeRegions")
def describe_regions(call: Call) -> Answer:
    """Those that the account has; with `AllRegions` also those that it did not opt into."""
    named = call.params.get("RegionNames") or []
    if unknown := [name for name in named if name not in _regions()]:
        raise AwsError("InvalidParameterValue", f"Invalid region provided: {unknown[0]}")
    asked = named or [name for name in _regions() if name in _OPEN or call.params.get("AllRegions")]
    rows = [
        {
            "RegionName": name,
            "Endpoint": f"ec2.{name}.amazonaws.com",
            "OptInStatus": "opt-in-not-required" if name in _OPEN else "not-opted-in",
        }
        for name in asked
    ]
    return {"Regions": rows}
