"""The account that is being filled: its clients, its ARNs, and operations as of a moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mllens.sandbox.sandbox import Sandbox

US, EU = "us-east-1", "eu-west-1"
OF_AWS = "763104351884"  # AWS's own framework images
START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # what stands around the models was there before them
NETWORKS = {
    US: {
        "Subnets": ["subnet-0a11b22c33d44e551", "subnet-0a11b22c33d44e552"],
        "SecurityGroupIds": ["sg-0f1e2d3c4b5a69781"],
    },
    EU: {
        "Subnets": ["subnet-0b11b22c33d44e551", "subnet-0b11b22c33d44e552"],
        "SecurityGroupIds": ["sg-0e1e2d3c4b5a69781"],
    },
}


def day(month: int, number: int, hour: int = 9) -> datetime:
    """A moment of the year that the account plays in."""
    return datetime(2026, month, number, hour, tzinfo=UTC)


class Account:
    """One client for each service and region of an account, and how its resources are called."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._sessions: dict[str, Any] = {}  # making one is dear, a client of it cheap
        self._clients: dict[tuple[str, str], Any] = {}

    def ask(self, when: datetime, service: str, region: str, operation: str, **parameters: Any) -> Any:
        """Call one operation, named as boto3 names it, as of a moment."""
        if (service, region) not in self._clients:
            if region not in self._sessions:
                self._sessions[region] = self.sandbox.session(region)
            self._clients[service, region] = self._sessions[region].client(service)
        with self.sandbox.at(when):
            return getattr(self._clients[service, region], operation)(**parameters)

    def sagemaker(self, when: datetime, region: str, operation: str, **parameters: Any) -> Any:
        """Call one operation of SageMaker."""
        return self.ask(when, "sagemaker", region, operation, **parameters)

    def arn(self, service: str, region: str, resource: str) -> str:
        """The ARN of something in this account."""
        return f"arn:aws:{service}:{region}:{self.sandbox.account}:{resource}"

    def role(self, name: str) -> str:
        """The ARN of a role."""
        return self.arn("iam", "", f"role/{name}")

    def key(self, region: str, alias: str) -> str:
        """A KMS key by the ARN of its alias."""
        return self.arn("kms", region, f"alias/{alias}")

    def topic(self, region: str, name: str) -> str:
        """The ARN of an SNS topic."""
        return self.arn("sns", region, name)

    def package(self, region: str, group: str, version: int) -> str:
        """The ARN of a version in the registry."""
        return self.arn("sagemaker", region, f"model-package/{group}/{version}")

    def image(self, region: str, name: str) -> str:
        """An image by a short name: `repository:tag` with a slash is the account's own, else one of AWS's."""
        if "/" in name:
            return f"{self.sandbox.account}.dkr.ecr.{region}.amazonaws.com/{name}"
        return f"{OF_AWS}.dkr.ecr.{region}.amazonaws.com/{name}:2.6.0-cpu-py312"

    def encrypted(self, region: str, alias: str | None, member: str) -> dict[str, str]:
        """A member that names a key, where there is one."""
        return {member: self.key(region, alias)} if alias else {}


def tags(of: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as AWS takes them."""
    return [{"Key": key, "Value": value} for key, value in of.items()]
