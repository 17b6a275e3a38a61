"""ARNs of what does not exist yet: in the partition, account and region of what does."""

from mllens.scanner import Resource


def beside(resource: Resource, service: str, tail: str) -> str:
    """The ARN of something of another service beside a resource; `*` where that has no ARN, so that none is known."""
    if not resource.arn:
        return "*"
    return f"arn:{resource.arn.split(':')[1]}:{service}:{resource.region}:{resource.account}:{tail}"
